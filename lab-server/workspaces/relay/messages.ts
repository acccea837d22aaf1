// What the server and a binder say to each other (Node's own channel between parent and child, which also carries the sockets).
import { z } from 'zod';

const address = z.object({ address: z.string(), port: z.number(), protocol: z.enum(['tcp', 'udp']) });

export interface ToBinder {
  bind: z.infer<typeof address>[];
}

/** Comes with the bound socket, unless `error` says why there is none. */
export const fromBinderSchema = z.object({ bound: address, error: z.string().optional() });
export type FromBinder = z.infer<typeof fromBinderSchema>;
