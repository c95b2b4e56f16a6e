"""All policies. Each takes the manifests, and gives a sentence for each breach."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from mystack.k8s.manifests import Manifest
from mystack.k8s.policies import network, references, scaling, sources
from mystack.k8s.policies import pods as pod

Policy = Callable[[Sequence[Manifest]], Iterator[str]]

POLICIES: tuple[Policy, ...] = (
    pod.namespaces_are_restricted,
    pod.pods_are_confined,
    pod.containers_are_confined,
    pod.pods_have_no_token,
    pod.containers_state_their_resources,
    pod.images_have_versions,
    pod.servers_have_three_probes,
    pod.liveness_is_patient,
    pod.the_api_ends_gracefully,
    pod.scans_fit_a_worker,
    scaling.one_autoscaler_for_each,
    scaling.autoscaled_pods_are_not_counted,
    scaling.bounds_make_sense,
    scaling.memory_scales_nothing,
    scaling.the_target_is_below_a_pods_limit,
    scaling.limits_are_shared_by_all_pods,
    scaling.disruptions_leave_a_pod_to_move,
    scaling.several_pods_have_a_budget,
    scaling.several_pods_are_spread,
    scaling.releases_lose_no_pod,
    scaling.the_database_has_enough_connections,
    network.nothing_is_allowed_by_default,
    network.every_pod_resolves_names,
    network.connections_of_the_settings_are_allowed,
    network.callers_from_outside_reach_the_api,
    network.stores_are_closed_to_other_namespaces,
    network.the_internet_is_not_the_cluster,
    references.services_select_pods,
    references.selectors_select_pods,
    references.referenced_objects_exist,
    references.routes_lead_to_services,
    references.streams_are_not_cut,
    references.secrets_are_referred_to,
    references.only_who_changes_tables_is_the_owner,
)
OF_EXAMPLES: tuple[Policy, ...] = (
    pod.pods_are_confined,
    pod.containers_are_confined,
    pod.pods_have_no_token,
    pod.containers_state_their_resources,
    pod.images_have_versions,
)
"""Examples stand alone: what they refer to is elsewhere."""
OF_THE_LAYER = (sources.settings_exist, sources.alerts_have_one_source)
"""These read files of the layer as well."""


def policies(layer: Path) -> dict[str, Policy]:
    """By name."""
    whole = {policy.__name__: policy for policy in POLICIES}
    return whole | {policy.__name__: partial(policy, layer=layer) for policy in OF_THE_LAYER}


def breaches(manifests: Sequence[Manifest], layer: Path) -> Iterator[str]:
    """A sentence for each breach of any policy."""
    for policy in policies(layer).values():
        yield from policy(manifests)


def breaches_of_example(manifests: Sequence[Manifest]) -> Iterator[str]:
    """The same for an example."""
    for policy in OF_EXAMPLES:
        yield from policy(manifests)
