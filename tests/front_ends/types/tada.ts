// The types that gql.tada infers from the schema, with the recipe of docs/front-ends.md.
import type { ResultOf, VariablesOf } from "gql.tada";
import { graphql } from "../recipes/tada";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T => true as T;

const SESSIONS = graphql(`
  query Sessions($after: String, $filter: SessionFilter) {
    viewer { sessions(first: 20, after: $after, filter: $filter) {
      edges { node { id title lastActive metadata status } } pageInfo { hasNextPage endCursor } } }
  }
`);
type Session = ResultOf<typeof SESSIONS>["viewer"]["sessions"]["edges"][number]["node"];
holds<Same<Session["lastActive"], string>>();
holds<Same<Session["metadata"], unknown>>();
holds<Same<Session["title"], string | null>>();
holds<Same<Session["status"], "ACTIVE" | "ARCHIVED">>();

type Asked = VariablesOf<typeof SESSIONS>;
({ filter: { status: "ACTIVE", since: "2026-01-02T03:04:05Z" } }) satisfies Asked;
// @ts-expect-error A status is one of two.
({ filter: { status: "OPEN" } }) satisfies Asked;

const RECORD = graphql(`
  mutation Record($input: RecordConversationInput!) {
    recordConversation(input: $input) { conversation { id answerState } userErrors { code field } }
  }
`);
type Recorded = VariablesOf<typeof RECORD>;
({ input: { query: "Why?", place: { replaces: "Conversation.s.c" } } }) satisfies Recorded;
// @ts-expect-error Beside another turn or after a path: one of the two is required.
({ input: { query: "Why?", place: {} } }) satisfies Recorded;
