// What a TypeScript client writes; `tsc --strict` must accept it.
import type { components, paths } from "./api";

type Schemas = components["schemas"];

const question: Schemas["ChatRequest"] = { message: "When does the office open?" };
const search: Schemas["SearchRequest"] = { query: "opening hours" };
const embeddings: Schemas["EmbeddingsRequest"] = { input: ["a sentence"] };
const completion: Schemas["CompletionRequest"] = { messages: [{ role: "user", content: "Hello" }] };
const page: paths["/documents"]["get"]["parameters"]["query"] = { limit: 10 };

function cited(answer: Schemas["ChatResponse"]): string[] {
  return answer.sources.map((source) => `${source.marker}: ${source.quote}`);
}

export { cited, completion, embeddings, page, question, search };
