import { useState } from "react";
import { useMutation, useQuery } from "urql";
import { Chat } from "./Chat";
import { CREATE, SESSIONS } from "./operations";

/** The list of sessions, and the open one. */
export function App() {
  const [{ data, error }] = useQuery({ query: SESSIONS });
  const [, create] = useMutation(CREATE);
  const [open, setOpen] = useState<string>();

  async function begin(): Promise<void> {
    const created = await create({ id: crypto.randomUUID(), title: "New chat" });
    setOpen(created.data?.createSession.sessionEdge?.node.id);
  }

  return (
    <>
      <nav aria-label="Chats">
        <button onClick={begin}>New chat</button>
        <p>{data ? `${data.viewer.sessionCounts.active} active` : error?.message}</p>
        {data?.viewer.sessions.edges.map(({ node }) => (
          <p key={node.id}>
            <button aria-current={node.id === open} onClick={() => setOpen(node.id)}>
              {node.title ?? "Untitled"}
            </button>
          </p>
        ))}
      </nav>
      {open ? <Chat key={open} session={open} /> : <main>Open a chat, or begin one.</main>}
    </>
  );
}
