import { useState, type FormEvent } from "react";
import { useMutation, useQuery, useSubscription } from "urql";
import { ASK, OPEN, TURNS } from "./operations";

/** One session: its turns, live, and the next question. */
export function Chat({ session }: { session: string }) {
  const [{ data }] = useQuery({ query: OPEN, variables: { id: session } });
  const [, ask] = useMutation(ASK);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  useSubscription({ query: TURNS, variables: { session } });

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setText("");
    const asked = await ask({ session, clientId: crypto.randomUUID(), query: text });
    const refused = asked.data?.recordConversation.userErrors[0]?.message;
    setProblem(asked.error?.message ?? refused ?? "");
  }

  if (!data?.node) return <main>{data ? "This chat was deleted." : "…"}</main>;
  return (
    <main>
      <h1>{data.node.title}</h1>
      <ol aria-label="Turns">
        {data.node.conversations.edges.map(({ node }) => (
          <li key={node.clientId} className={node.id.startsWith("pending:") ? "pending" : ""}>
            <strong>{node.query}</strong>
            <p>{node.response ?? "…"}</p>
          </li>
        ))}
      </ol>
      <form onSubmit={submit}>
        <input aria-label="Question" value={text} onChange={(e) => setText(e.target.value)} required />
        <button>Ask</button>
      </form>
      {problem && <p role="alert">{problem}</p>}
    </main>
  );
}
