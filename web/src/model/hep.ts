// What HEP agents send and are told.
import type { Sources } from '../api/schema';

type Listening = Sources['hep']['addresses'];

/** Each address once, with the transports that it takes. */
export function hepAddresses(listening: Listening): { address: string; detail: string }[] {
  const transports = new Map<string, string[]>();
  for (const { address, transport } of listening) transports.set(address, [...(transports.get(address) ?? []), transport.toUpperCase()]);
  return [...transports].map(([address, names]) => ({ address, detail: names.join(', ') }));
}

/** The number in the server's "agent 2001", null if it says something else. */
export function agentNumber(who: string): string | null {
  return /^agent (\d+)$/.exec(who)?.[1] ?? null;
}
