// Starts Swagger UI on the page at /docs, with the API key entered on the page, if any.
import { authorization } from "./api.js";

const spec = await (await fetch("openapi.json")).json();
spec.servers = [{ url: new URL(".", location.href).pathname }]; // behind a proxy only this page knows the address
for (const operations of Object.values(spec.paths)) Object.values(operations).forEach(simplifyForm);

window.SwaggerUIBundle({
  spec,
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  requestInterceptor: (request) => ({ ...request, headers: { ...authorization(), ...request.headers } }),
});

/** Plain text fields in forms: Swagger UI shows file inputs for texts with a media type, and invents ids. */
function simplifyForm({ requestBody }) {
  const form = requestBody?.content["multipart/form-data"];
  if (!form) return;
  const { properties } = spec.components.schemas[form.schema.$ref.split("/").at(-1)];
  for (const [name, field] of Object.entries(properties)) {
    if (field.format === "binary") continue;
    const description = field.description ?? field.anyOf?.[0].description;
    properties[name] = { type: "string", description, default: form.example?.[name] ?? "" };
  }
}
