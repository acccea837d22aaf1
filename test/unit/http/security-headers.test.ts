import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pagePolicy } from '../../../lab-server/http/security-headers.ts';

function hashOf(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
}

describe('the policy of a page', () => {
  it('allows its own inline scripts by their hash, and no others', () => {
    const policy = pagePolicy('<head><script>one()</script><script type="module">two()\n</script><script src="/a.js"></script></head>');
    const [, sources] = /script-src ([^;]*)/.exec(policy) ?? [];
    expect(sources?.split(' ')).toEqual(["'self'", "'wasm-unsafe-eval'", hashOf('one()'), hashOf('two()\n')]);
  });

  it('lets nobody frame the page or change its base', () => {
    expect(pagePolicy('')).toMatch(/base-uri 'none'.*frame-ancestors 'none'/);
  });
});
