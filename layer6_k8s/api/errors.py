"""The errors of the service. What answers them over HTTP is `http/problems.py`.

    MyStackError                    500 internal_error
    ├── ModelUnavailable            503 model_unavailable
    │   └── ModelBusy
    ├── ModelNotFound               404 model_not_found
    ├── PromptTooLong               400 prompt_too_long
    ├── PromptRefused               400 prompt_refused
    ├── UnsupportedParameter        400 unsupported_parameter
    ├── Unauthorized                401 unauthorized
    ├── HostNotAllowed              403 host_not_allowed
    ├── BodyTooLarge                413 body_too_large
    ├── BodyTooSlow                 408 body_too_slow
    ├── Overloaded                  503 overloaded
    ├── Stopping                    503 stopping
    └── NotReady                    503 not_ready

The class carries the HTTP status and the stable code; where it is raised, the sentence says what happened and what to
do next. Without a sentence, the class's docstring is the message.
"""

from typing import ClassVar


class MyStackError(Exception):
    """Something went wrong inside the service; the request id leads to the log."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    retry_after: int | None = None
    param: str | None = None
    """The field of the request that is to blame, as OpenAI's clients read it."""

    def __init__(self, detail: str = "") -> None:
        self.detail = detail or (type(self).__doc__ or "").strip()
        super().__init__(self.detail)


class ModelUnavailable(MyStackError):
    """The language model cannot be reached. Start it, or choose another with LLM_PROVIDER."""

    status = 503
    code = "model_unavailable"
    retry_after = 10


class ModelBusy(ModelUnavailable):
    """The language model is busy with other requests. Try again in a moment."""


class ModelNotFound(MyStackError):
    """Unknown model. GET /models lists the available ones."""

    status = 404
    code = "model_not_found"


class PromptTooLong(MyStackError):
    """The message alone exceeds the model's context window. Shorten it."""

    status = 400
    code = "prompt_too_long"


class PromptRefused(MyStackError):
    """The server of the model does not accept this request."""

    status = 400
    code = "prompt_refused"


class UnsupportedParameter(MyStackError):
    """The model cannot do what this field of the request demands. Leave it out, or choose another model."""

    status = 400
    code = "unsupported_parameter"

    def __init__(self, param: str, detail: str = "") -> None:
        super().__init__(detail)
        self.param = param


class Unauthorized(MyStackError):
    """This service needs an API key: send it as `Authorization: Bearer <key>`."""

    status = 401
    code = "unauthorized"


class HostNotAllowed(MyStackError):
    """This service does not answer requests for this host name. Add it to ALLOWED_HOSTS, or set API_KEY."""

    status = 403
    code = "host_not_allowed"


class BodyTooLarge(MyStackError):
    """The request body is larger than this service accepts."""

    status = 413
    code = "body_too_large"


class BodyTooSlow(MyStackError):
    """The request body stalled. Send the request again."""

    status = 408
    code = "body_too_slow"


class Overloaded(MyStackError):
    """The service is at capacity. Try again in a moment."""

    status = 503
    code = "overloaded"
    retry_after = 1


class Stopping(MyStackError):
    """This instance of the service is shutting down. Try again in a moment."""

    status = 503
    code = "stopping"
    retry_after = 1


class NotReady(MyStackError):
    """The service is starting, or a dependency is down. GET /health says which."""

    status = 503
    code = "not_ready"
    retry_after = 5
