// Starts Swagger UI on the page at /docs, with the API key that was given to the page, if any.
import { authorization } from "./api.js";

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: true,
  requestInterceptor: (request) => ({ ...request, headers: { ...authorization(), ...request.headers } }),
});
