// What `minikube` sends to change machines: parsed once, here.
import { z } from 'zod';
import { DocksideError, parseInput } from '../../../base/index.ts';

const start = z.strictObject({ nodes: z.int().min(1).max(10).default(1) });
const addon = z.strictObject({ enabled: z.boolean() });
const image = z.strictObject({ reference: z.string().min(1).max(500) });

/** Throws DocksideError, as the others do. */
export function readStart(body: string): z.infer<typeof start> {
  return read(start, body);
}

export function readAddon(body: string): z.infer<typeof addon> {
  return read(addon, body);
}

export function readImage(body: string): z.infer<typeof image> {
  return read(image, body);
}

function read<T>(schema: z.ZodType<T>, body: string): T {
  let value: unknown;
  try {
    value = body.trim() === '' ? {} : JSON.parse(body);
  } catch {
    throw new DocksideError('MACHINE_REQUEST_INVALID', 'the request is no JSON');
  }
  return parseInput(schema, value, 'The request');
}
