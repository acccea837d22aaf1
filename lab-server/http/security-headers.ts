// Headers that tell the browser what pages of this site may do: nothing beyond the site itself.
import { createHash } from 'node:crypto';

/** For every answer. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'x-frame-options': 'DENY',
};

/** For scripts: where one runs as a worker, this is the worker's policy. It may fetch schemas, and nothing else from anywhere. */
export const scriptPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** For answers that are no page. */
export const dataPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/**
 * The policy of one page: its own inline scripts by their hash, no others. Styles may be inline, since the editor and the terminal set them;
 * the editor's workers start from blobs; the search index is WebAssembly.
 */
export function pagePolicy(html: string): string {
  const hashes = inlineScripts(html).map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'self'",
    `script-src 'self' 'wasm-unsafe-eval' ${[...new Set(hashes)].join(' ')}`.trim(),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function inlineScripts(html: string): string[] {
  return [...html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi)].flatMap(([, attributes = '', text = '']) =>
    /\bsrc\s*=/i.test(attributes) || text.trim() === '' ? [] : [text],
  );
}
