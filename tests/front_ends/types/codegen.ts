// The types that GraphQL Code Generator makes from the schema, with the recipes of docs/front-ends.md.
import type { ResultOf, VariablesOf } from "@graphql-typed-document-node/core";
import { RECORD, TURNS, Turn, shown } from "../recipes/turns";
import type { FragmentType } from "../recipes/gql";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T => true as T;

declare const turn: FragmentType<typeof Turn>;
const seen = shown(turn);
holds<Same<typeof seen.timestamp, string>>();
holds<Same<typeof seen.metadata, unknown>>();
holds<Same<typeof seen.response, string | null>>();
holds<Same<typeof seen.answerState, "ANSWERED" | "BROKEN_OFF" | "FAILED" | "GROWING" | "WAITING">>();
// @ts-expect-error The field was not selected.
seen.model;

type Turns = ResultOf<typeof TURNS>;
declare const turns: Turns;
if (turns.node && "conversations" in turns.node) {
  holds<Same<typeof turns.node.title, string | null>>();
  turns.node.conversations?.edges.map(({ node }) => shown(node).asked.getTime());
}
({ id: "Session.s" }) satisfies VariablesOf<typeof TURNS>;

type Recorded = VariablesOf<typeof RECORD>;
({ input: { query: "Why?", timestamp: "2026-01-02T03:04:05Z", metadata: { page: 1 } } }) satisfies Recorded;
// @ts-expect-error A turn needs a question.
({ input: { clientId: "mine" } }) satisfies Recorded;
// @ts-expect-error A time is a string.
({ input: { query: "Why?", timestamp: new Date() } }) satisfies Recorded;
({ input: { query: "Why?", place: { replaces: "Conversation.s.c" } } }) satisfies Recorded;
// @ts-expect-error Beside another turn or after a path, not both.
({ input: { query: "Why?", place: { replaces: "Conversation.s.c", branch: "Branch.s.1" } } }) satisfies Recorded;
