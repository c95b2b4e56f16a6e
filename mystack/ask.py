"""The command `mystack ask`."""

import sys
from typing import Annotated, Any

import httpx2
import typer

from mystack.client import LOCAL, ApiKey, Url, connected, events, explain, explain_problem, refuse_unusable

FAILED = 1
CUT_OFF = "the answer was cut off at its limit of tokens"
FILTERED = "the model's content filter ended the answer"
UNCITED = "this answer cites no document: check it before you rely on it"


def ask(
    question: Annotated[str, typer.Argument(help="The question.", show_default=False)],
    url: Url = LOCAL,
    api_key: ApiKey = None,
    top_k: Annotated[
        int | None, typer.Option(help="Number of chunks to answer from (from layer 2 on).", min=1, max=50)
    ] = None,
) -> None:
    """Ask a running layer, and stream its answer, followed by the sources.

    If checking changed the answer, the checked one follows. Sentences that no source supports are listed.

    Exit status: 0 for an answer (also "the documents do not say"), 1 for an error, 2 if no layer runs at the URL.

    Examples:

        mystack ask "What does layer 2 add?"

        mystack ask "Who signed the contract?" --top-k 8 --url http://127.0.0.1:8123
    """
    body = {"message": question} | ({"top_k": top_k} if top_k else {})
    with connected(url, api_key) as client:
        try:
            error = _stream(client, body)
        except httpx2.TransportError as broken:
            error = f"the connection broke ({broken or type(broken).__name__}): is the layer still running?"
        except KeyboardInterrupt:
            sys.stdout.write("\n")
            raise
    if error:
        sys.stderr.write(f"mystack: {error}\n")
        raise typer.Exit(FAILED)


def _stream(client: httpx2.Client, body: dict[str, Any]) -> str | None:
    """Print one streamed answer; returns the error, if there was one."""
    with client.stream("POST", "/chat/stream", json=body) as response:
        refuse_unusable(response)
        if response.status_code != httpx2.codes.OK:
            return explain(response)
        for name, data in events(response.iter_lines()):
            match name:
                case "token":
                    sys.stdout.write(data["text"])
                    sys.stdout.flush()
                case "done":
                    sys.stdout.write("\n" + _end(data))
                    sys.stdout.flush()
                    sys.stderr.write(_remarks(client, data))
                    return None
                case "error":
                    sys.stdout.write("\n")
                    return explain_problem(data)
    return "the stream ended before the answer was complete: ask again"


def _end(answer: dict[str, Any]) -> str:
    """What follows the tokens: the checked answer if it differs, unsupported sentences, and the passages."""
    checked = f"\nChecked answer:\n{answer['response']}\n" if answer.get("revised") else ""
    return (
        checked + unsupported(answer) + citations(answer.get("sources") or []) + _closest(answer.get("nearest") or [])
    )


def unsupported(answer: dict[str, Any]) -> str:
    """The sentences that no source supports, one per line; empty without any."""
    claims = [claim for claim in answer.get("claims") or [] if claim["support"] == "unsupported"]
    sentences = [" ".join(answer["response"][claim["start"] : claim["end"]].split()) for claim in claims]
    return "".join(f"\nNot supported by the sources: {sentence}" for sentence in sentences) + ("\n" if claims else "")


def _remarks(client: httpx2.Client, answer: dict[str, Any]) -> str:
    """How the answer came about and how it ended, for the standard error."""
    remarks = [answer.get("notice") or (_no_model(client) if answer.get("provider") == "extractive" else "")]
    remarks.append({"length": CUT_OFF, "content_filter": FILTERED}.get(answer.get("finish_reason", ""), ""))
    remarks.append(UNCITED if answer.get("sources") == [] and not answer.get("refusal") else "")
    return "".join(f"\nmystack: {remark}\n" for remark in remarks if remark)


def _no_model(client: httpx2.Client) -> str:
    """A note that the answer consists of quotes, with the reason that the layer gives."""
    answer = client.get("/models")
    providers = answer.json()["providers"] if answer.is_success else []
    reasons = " ".join(provider["reason"] for provider in providers if provider["reason"])
    return f"no language model is connected, so the answer consists of quotes. {reasons}" if reasons else ""


def citations(sources: list[dict[str, Any]]) -> str:
    """The sources, one per line: `[1] report.pdf, p. 3: "…"`; empty without sources."""
    return "".join(f"\n{_citation(source)}" for source in sources) + ("\n" if sources else "")


def _closest(passages: list[dict[str, Any]]) -> str:
    """The passages that a refusal shows; empty without any."""
    return f"\nClosest to the question:{citations(passages)}" if passages else ""


def _citation(source: dict[str, Any]) -> str:
    page = f", p. {source['page']}" if source.get("page") is not None else ""
    quote = " ".join(source["quote"].split())
    return f'[{source["marker"]}] {source["filename"]}{page}: "{quote}"'
