"""Run with the generated client: what its operations return, as JSON. Usage: use_client.py URL DOCUMENT_ID."""

import json
import sys

from my_stack_client import Client
from my_stack_client.api.chat import chat, chat_stream
from my_stack_client.api.documents import get_document_text, list_documents
from my_stack_client.api.health import health
from my_stack_client.api.openai import create_embeddings
from my_stack_client.api.search import search
from my_stack_client.models import ChatRequest, EmbeddingsRequest, Problem, SearchRequest

client = Client(base_url=sys.argv[1], timeout=60)
question = ChatRequest(message="When does the harbour office open?")
answer = chat.sync(client=client, body=question)
stream = chat_stream.sync_detailed(client=client, body=question)
found = search.sync(client=client, body=SearchRequest(query="harbour office"))
refused = chat.sync(client=client, body=ChatRequest(message=""))
print(  # noqa: T201
    json.dumps(
        {
            "quotes": [source.quote for source in answer.sources],
            "stream": stream.parsed,
            "hits": [hit.text for hit in found.hits],
            "documents": [document.filename for document in list_documents.sync(client=client).documents],
            "text": get_document_text.sync(sys.argv[2], client=client).text,
            "status": str(health.sync(client=client).status),
            "embeddings": len(create_embeddings.sync(client=client, body=EmbeddingsRequest(input_=["a"])).data),
            "problem": refused.code if isinstance(refused, Problem) else None,
        }
    )
)
