// Writes the outcome of every audit of a GraphQL server as JSON, or only the names if no address is given.
import { serverAudits } from "graphql-http";

const url = process.argv[2];
const audits = serverAudits({ url: url ?? "http://localhost" });
const outcomes = [];
for (const { id, name, fn } of audits) {
  const { status, reason = null } = url ? await fn() : { status: null };
  outcomes.push({ id, name, status, reason });
}
process.stdout.write(JSON.stringify(outcomes));
