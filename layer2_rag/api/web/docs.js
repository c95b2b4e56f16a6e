// Starts Swagger UI on the page at /docs, with the API key that was given to the page, if any.
import { authorization } from "./api.js";

const spec = await (await fetch("/openapi.json")).json();
spec.servers = [{ url: "/" }]; // behind a proxy the service may not know its own address, but this page does

window.SwaggerUIBundle({
  spec,
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  requestInterceptor: (request) => ({ ...request, headers: { ...authorization(), ...request.headers } }),
});
