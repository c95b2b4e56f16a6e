"""Runs are recorded with what they measured, and read page by page."""

from uuid import uuid4

import pytest

from tests.experiments.conftest import new_run, recorded
from tests.library import Reader


async def test_a_run_is_read_as_it_was_recorded(service: Reader) -> None:
    run = await recorded(service)
    sent = new_run()
    results = sent.pop("results")
    assert {name: run[name] for name in sent} == sent
    assert (run["experiment"], run["questions"], run["mirrored_as"], run["mirror_error"]) == ("eval", 2, None, None)
    assert await service.get(f"/experiments/runs/{run['id']}") == run
    assert await service.get("/experiments/eval/runs") == {"runs": [run], "next_cursor": None}
    assert (await service.get(f"/experiments/{run['experiment_id']}/runs"))["runs"] == [run]
    page = await service.get(f"/experiments/runs/{run['id']}/results")
    assert page == {"results": results, "next_cursor": None}


async def test_lists_are_read_page_by_page_newest_first(service: Reader) -> None:
    runs = [await recorded(service) for _ in range(3)]
    first = await service.get("/experiments/eval/runs", limit=2)
    second = await service.get("/experiments/eval/runs", limit=2, cursor=first["next_cursor"])
    assert first["runs"] + second["runs"] == runs[::-1]
    assert second["next_cursor"] is None
    one = await service.get(f"/experiments/runs/{runs[0]['id']}/results", limit=1)
    other = await service.get(f"/experiments/runs/{runs[0]['id']}/results", cursor=one["next_cursor"])
    assert [result["question"] for result in one["results"] + other["results"]] == ["When?", "Who?"]


async def test_experiments_are_listed_with_the_number_of_their_runs(service: Reader) -> None:
    await recorded(service)
    await recorded(service)
    last = await recorded(service, "bench-layer5")
    first = await service.get("/experiments", limit=1)
    second = await service.get("/experiments", limit=1, cursor=first["next_cursor"])
    [bench], [evaluation] = first["experiments"], second["experiments"]
    assert (bench["name"], bench["runs"], bench["last_run_at"]) == ("bench-layer5", 1, last["created_at"])
    assert (evaluation["name"], evaluation["runs"]) == ("eval", 2)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/experiments/nothing/runs", "experiment_not_found"),
        (f"/experiments/runs/{uuid4()}", "run_not_found"),
        (f"/experiments/runs/{uuid4()}/results", "run_not_found"),
    ],
)
async def test_what_is_not_there_is_a_problem(service: Reader, path: str, code: str) -> None:
    response = await service.http.get(service.url + path)
    assert (response.status_code, response.json()["code"]) == (404, code)


@pytest.mark.parametrize("name", ["openai_api_key", "mlflow_url", "password", "HF_TOKEN"])
async def test_a_setting_with_the_name_of_a_secret_is_refused(service: Reader, name: str) -> None:
    body = new_run(settings={name: "hidden"})
    response = await service.http.post(f"{service.url}/experiments/eval/runs", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert "must not name a secret" in response.text


@pytest.mark.parametrize("more", [{"metrics": []}, {"data": {"name": "x", "sha256": "abc"}}, {"unknown": 1}])
async def test_a_malformed_run_is_refused(service: Reader, more: dict[str, object]) -> None:
    response = await service.http.post(f"{service.url}/experiments/eval/runs", json=new_run(**more))
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


async def test_ten_thousand_questions_are_one_run(service: Reader) -> None:
    scores = {"a": 0.5, "b": 1}
    results = [{"question": f"Question {number}? " + "x" * 200, "scores": scores} for number in range(10_000)]
    run = await recorded(service, results=results)
    assert run["questions"] == 10_000


async def test_a_run_that_is_sent_again_is_recorded_once(service: Reader) -> None:
    url, headers = f"{service.url}/experiments/eval/runs", {"Idempotency-Key": str(uuid4())}
    first = await service.http.post(url, json=new_run(), headers=headers)
    again = await service.http.post(url, json=new_run(), headers=headers)
    assert first.json() == again.json()
    assert len((await service.get("/experiments/eval/runs"))["runs"]) == 1


async def test_the_service_says_what_a_run_would_record_without_secrets(service: Reader) -> None:
    setup = await service.get("/experiments/setup")
    assert setup["settings"]["top_k"] == 5
    assert setup["settings"]["embedding_backend"] == "openvino-int8"
    assert setup["embedding_space"].startswith("all-MiniLM-L6-v2@")
    assert setup["prompt"].startswith("You are")
    assert [name for name in setup["settings"] if name.endswith(("_key", "_url", "_path"))] == []
    await recorded(service, **setup)
