"""For each policy: a change of a rendered overlay that breaks it."""

from collections.abc import Callable
from typing import Any

from mystack.k8s.manifests import Manifest

Change = Callable[[list[Manifest]], object]


def one(objects: list[Manifest], kind: str, name: str) -> Manifest:
    [found] = [each for each in objects if each["kind"] == kind and each["metadata"]["name"].startswith(name)]
    return found


def pod(objects: list[Manifest], name: str, kind: str = "Deployment") -> dict[str, Any]:
    spec = one(objects, kind, name)["spec"]
    if kind == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template: dict[str, Any] = spec["template"]["spec"]
    return template


def container(objects: list[Manifest], name: str, kind: str = "Deployment") -> dict[str, Any]:
    first: dict[str, Any] = pod(objects, name, kind)["containers"][0]
    return first


def settings(objects: list[Manifest]) -> dict[str, str]:
    data: dict[str, str] = one(objects, "ConfigMap", "mystack-settings")["data"]
    return data


def policy(objects: list[Manifest], name: str) -> dict[str, Any]:
    spec: dict[str, Any] = one(objects, "NetworkPolicy", name)["spec"]
    return spec


def without(objects: list[Manifest], kind: str, name: str) -> None:
    objects.remove(one(objects, kind, name))


def second_autoscaler(objects: list[Manifest]) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "mystack-api"}
    spec = {"scaleTargetRef": target, "minReplicas": 3, "maxReplicas": 20, "metrics": []}
    objects.append({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "second"}, "spec": spec})


def api(objects: list[Manifest]) -> dict[str, Any]:
    return container(objects, "mystack-api")


def env(name: str, value: str) -> Change:
    return lambda objects: api(objects)["env"].append({"name": name, "value": value})


def trigger(index: int, **values: Any) -> Change:
    return lambda objects: one(objects, "ScaledObject", "mystack-api")["spec"]["triggers"][index].update(values)


PODS: list[tuple[str, Change]] = [
    ("namespaces_are_restricted", lambda o: one(o, "Namespace", "mystack")["metadata"]["labels"].clear()),
    ("pods_are_confined", lambda o: pod(o, "mystack-worker")["securityContext"].update(runAsNonRoot=False)),
    ("pods_are_confined", lambda o: pod(o, "mystack-redis", "StatefulSet")["securityContext"].pop("seccompProfile")),
    ("containers_are_confined", lambda o: api(o)["securityContext"].update(readOnlyRootFilesystem=False)),
    ("containers_are_confined", lambda o: api(o)["securityContext"].pop("allowPrivilegeEscalation")),
    ("containers_are_confined", lambda o: api(o)["securityContext"]["capabilities"].update(add=["NET_ADMIN"])),
    ("pods_have_no_token", lambda o: pod(o, "mystack-api").pop("automountServiceAccountToken")),
    ("containers_state_their_resources", lambda o: api(o)["resources"]["limits"].update(cpu="2")),
    ("containers_state_their_resources", lambda o: api(o)["resources"]["limits"].pop("memory")),
    ("containers_state_their_resources", lambda o: api(o)["resources"]["requests"].pop("cpu")),
    ("images_have_versions", lambda o: api(o).update(image="mystack-layer6:latest")),
    ("images_have_versions", lambda o: api(o).update(image="localhost:5000/mystack-layer6")),
    ("servers_have_three_probes", lambda o: api(o).pop("startupProbe")),
    ("servers_have_three_probes", lambda o: api(o)["livenessProbe"]["httpGet"].update(path="/health/ready")),
    ("liveness_is_patient", lambda o: api(o)["livenessProbe"].update(failureThreshold=3)),
    ("liveness_is_patient", lambda o: container(o, "mystack-worker").pop("livenessProbe")),
    ("the_api_ends_gracefully", lambda o: api(o).pop("lifecycle")),
    ("the_api_ends_gracefully", lambda o: settings(o).update(DRAIN_SECONDS="40")),
    ("scans_fit_a_worker", lambda o: settings(o).update(OCR="true")),
]
SCALING: list[tuple[str, Change]] = [
    ("one_autoscaler_for_each", second_autoscaler),
    ("autoscaled_pods_are_not_counted", lambda o: one(o, "Deployment", "mystack-api")["spec"].update(replicas=3)),
    ("autoscaled_pods_are_not_counted", lambda o: without(o, "Deployment", "mystack-worker")),
    ("bounds_make_sense", lambda o: one(o, "ScaledObject", "mystack-api")["spec"].update(minReplicaCount=30)),
    ("memory_scales_nothing", trigger(1, type="memory")),
    ("the_target_is_below_a_pods_limit", lambda o: settings(o).update(LLM_AT_ONCE="32")),
    ("limits_are_shared_by_all_pods", lambda o: settings(o).update(PODS="3")),
    (
        "disruptions_leave_a_pod_to_move",
        lambda o: one(o, "PodDisruptionBudget", "mystack-api")["spec"].update(minAvailable=3),
    ),
    ("several_pods_have_a_budget", lambda o: without(o, "PodDisruptionBudget", "mystack-worker")),
    ("several_pods_are_spread", lambda o: pod(o, "mystack-api").pop("topologySpreadConstraints")),
    (
        "releases_lose_no_pod",
        lambda o: one(o, "Deployment", "mystack-api")["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1),
    ),
    ("the_database_has_enough_connections", lambda o: settings(o).update(DATABASE_CONNECTIONS="12")),
]
NETWORK: list[tuple[str, Change]] = [
    ("nothing_is_allowed_by_default", lambda o: policy(o, "default-deny").update(policyTypes=["Ingress"])),
    ("every_pod_resolves_names", lambda o: without(o, "NetworkPolicy", "dns")),
    ("connections_of_the_settings_are_allowed", lambda o: policy(o, "redis")["ingress"][0]["ports"][0].update(port=1)),
    ("connections_of_the_settings_are_allowed", lambda o: without(o, "NetworkPolicy", "stores-from-mystack")),
    ("callers_from_outside_reach_the_api", lambda o: without(o, "NetworkPolicy", "api-from-gateway")),
    ("callers_from_outside_reach_the_api", lambda o: without(o, "NetworkPolicy", "metrics-from-prometheus")),
    ("stores_are_closed_to_other_namespaces", lambda o: policy(o, "redis")["ingress"][0].pop("from")),
    (
        "the_internet_is_not_the_cluster",
        lambda o: policy(o, "internet")["egress"][0]["to"][0]["ipBlock"]["except"].remove("169.254.0.0/16"),
    ),
]
REFERENCES: list[tuple[str, Change]] = [
    ("services_select_pods", lambda o: one(o, "Service", "mystack-api")["spec"]["selector"].update(app="other")),
    ("services_select_pods", lambda o: one(o, "Service", "mystack-api")["spec"]["ports"][0].update(targetPort="web")),
    ("selectors_select_pods", lambda o: policy(o, "redis")["podSelector"]["matchLabels"].update(app="rediss")),
    (
        "selectors_select_pods",
        lambda o: one(o, "ServiceMonitor", "mystack-api")["spec"]["selector"]["matchLabels"].update(app="other"),
    ),
    ("referenced_objects_exist", lambda o: without(o, "ConfigMap", "mystack-settings")),
    ("referenced_objects_exist", lambda o: without(o, "PersistentVolumeClaim", "mlflow")),
    ("routes_lead_to_services", lambda o: without(o, "Service", "mlflow")),
    (
        "routes_lead_to_services",
        lambda o: one(o, "HTTPRoute", "mystack-api")["spec"]["parentRefs"][0].update(sectionName="tls"),
    ),
    (
        "streams_are_not_cut",
        lambda o: one(o, "HTTPRoute", "mystack-api")["spec"]["rules"][0]["timeouts"].update(request="30s"),
    ),
    ("streams_are_not_cut", lambda o: one(o, "HTTPRoute", "mystack-api")["spec"]["rules"][2].pop("timeouts")),
    ("secrets_are_referred_to", lambda o: o.append({"kind": "Secret", "metadata": {"name": "mystack"}})),
    ("secrets_are_referred_to", env("API_KEY", "geheim")),
    ("secrets_are_referred_to", env("STORE", "postgresql://app:geheim@postgres/mystack")),
    ("secrets_are_referred_to", lambda o: settings(o).update(OPENAI_API_KEY="sk-1")),
    ("only_who_changes_tables_is_the_owner", env("DATABASE_OWNER_URL", "")),
    ("only_who_changes_tables_is_the_owner", lambda o: container(o, "mystack-migrate", "Job")["env"].clear()),
    ("only_who_changes_tables_is_the_owner", lambda o: container(o, "mystack-indexes", "CronJob")["env"].clear()),
]
SOURCES: list[tuple[str, Change]] = [
    ("settings_exist", lambda o: settings(o).update(DRAIN_SECOND="10")),
    ("settings_exist", env("TOPK", "5")),
    (
        "alerts_have_one_source",
        lambda o: one(o, "PrometheusRule", "mystack")["spec"]["groups"][-1]["rules"][0].update(expr="vector(1)"),
    ),
]
CHANGES = [*PODS, *SCALING, *NETWORK, *REFERENCES, *SOURCES]
