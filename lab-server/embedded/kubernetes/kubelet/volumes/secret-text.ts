// Secret values travel in base64.

export function decodeSecretText(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8');
}

export function decodeSecretBytes(value: string): Uint8Array {
  return Buffer.from(value, 'base64');
}
