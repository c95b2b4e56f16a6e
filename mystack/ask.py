"""`mystack ask`: a question to a running layer, its answer as it comes, and the sources below."""

import sys
from typing import Annotated, Any

import httpx2
import typer

from mystack.client import LOCAL, ApiKey, Url, connected, events, explain, explain_problem, refuse_unusable

FAILED = 1


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.", show_default=False)],
    url: Url = LOCAL,
    api_key: ApiKey = None,
    top_k: Annotated[int | None, typer.Option(help="Chunks to answer from (layer 2 on).", min=1, max=50)] = None,
) -> None:
    """Ask a running layer, and print the answer as it comes, with its sources below.

    Exit status: 0 for an answer (also "the documents do not say"), 1 for an error, 2 if no layer answers there.

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
    """Print one streamed answer; returns what went wrong, if something did."""
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
                    sys.stdout.write("\n" + citations(data.get("sources") or []))
                    sys.stdout.flush()
                    sys.stderr.write(_missing(client) if data.get("provider") == "extractive" else "")
                    return None
                case "error":
                    sys.stdout.write("\n")
                    return explain_problem(data)
    return "the answer broke off before its end: ask again"


def _missing(client: httpx2.Client) -> str:
    """What the layer's language model lacks, as it says itself, where an answer is made of quotes instead."""
    answer = client.get("/models")
    providers = answer.json()["providers"] if answer.is_success else []
    reasons = " ".join(provider["reason"] for provider in providers if provider["reason"])
    return f"\nmystack: these are quotes, for no language model answers. {reasons}\n" if reasons else ""


def citations(sources: list[dict[str, Any]]) -> str:
    """The sources as a list: `[1] report.pdf, p. 3: "…"`; nothing if there are none."""
    return "".join(f"\n{_citation(source)}" for source in sources) + ("\n" if sources else "")


def _citation(source: dict[str, Any]) -> str:
    page = f", p. {source['page']}" if source.get("page") is not None else ""
    quote = " ".join(source["quote"].split())
    return f'[{source["marker"]}] {source["filename"]}{page}: "{quote}"'
