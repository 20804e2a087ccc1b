/** `text` with the user information of every URL in it taken out. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@'"]*@/gi, '$1');
}
