/** The address of the list behind a number: what the server gives, else the list that its name suggests. */
export function linkTo(link: string | null | undefined, base: string, otherwise: string): string {
  if (!link) return `${base}?${otherwise}`
  if (link.startsWith('/')) return link.replace(/^\/api\//, '/')
  return `${base}?${link.replace(/^\?/, '')}`
}
