/** Which language a reader is spoken to in. */
export type Language = 'zh-CN' | 'en'

/** The language asked for in the address, else the kept one, else the browser's. */
export function chooseLanguage(search: string, kept: string | null, preferred: readonly string[]): Language {
  const asked = new URLSearchParams(search).get('lang') ?? kept ?? preferred[0] ?? 'zh-CN'
  return asked.toLowerCase().startsWith('en') ? 'en' : asked.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}
