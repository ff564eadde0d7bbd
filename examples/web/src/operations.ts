// What the page asks for, and the shapes that come back.
import { gql } from "urql";

export interface Turn {
  id: string;
  clientId: string;
  query: string | null;
  response: string | null;
}
export interface Edge {
  __typename?: string;
  cursor: string;
  node: Turn & { __typename?: string };
}
interface Row {
  id: string;
  title: string | null;
}
interface Counts {
  active: number;
}

const TURN = "id clientId query response";

export const SESSIONS = gql<{
  viewer: { id: string; sessionCounts: Counts; sessions: { edges: { node: Row }[] } };
}>(`query Sessions { viewer { id sessionCounts { active }
  sessions(first: 20) { edges { cursor node { id title } } } } }`);

export const OPEN = gql<
  { node: { id: string; title: string | null; conversations: { edges: Edge[] } } | null },
  { id: string }
>(`query Open($id: ID!) { node(id: $id) { id ... on Session { title
  conversations(last: 50) { edges { cursor node { ${TURN} } } } } } }`);

export const CREATE = gql<
  { createSession: { sessionEdge: { node: Row } | null } },
  { id: string; title: string }
>(`mutation Create($id: String!, $title: String!) {
  createSession(input: { clientId: $id, title: $title }) {
    sessionEdge { cursor node { id title } } viewer { id sessionCounts { active } } } }`);

export const ASK = gql<
  { recordConversation: { conversationEdge: Edge | null; userErrors: { message: string }[] } },
  { session: string; clientId: string; query: string }
>(`mutation Ask($session: ID!, $clientId: String!, $query: String!) {
  recordConversation(input: { sessionId: $session, clientId: $clientId, query: $query }) {
    conversationEdge { cursor node { ${TURN} } } userErrors { message } } }`);

export const TURNS = gql<
  { conversationChanges: { cursor: string; deletedConversationId: string | null; conversation: Turn | null } },
  { session: string; after?: string }
>(`subscription Turns($session: ID!, $after: String) {
  conversationChanges(sessionId: $session, after: $after) {
    cursor deletedConversationId conversation { ${TURN} } } }`);
