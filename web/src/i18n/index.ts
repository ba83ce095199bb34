/** Chinese first, English beside it. All sentences live in the two locale folders, a file per room. */
import { createI18n } from 'vue-i18n'
import { speak } from '@/api/client'

export type Language = 'zh-CN' | 'en'
const KEPT = 'yipanqi.language'

interface Words {
  [key: string]: string | Words
}
const gathered = (rooms: Record<string, Words>): Words => Object.assign({}, ...Object.values(rooms))
export const zh = gathered(import.meta.glob<Words>('./zh-CN/*.json', { eager: true, import: 'default' }))
export const en = gathered(import.meta.glob<Words>('./en/*.json', { eager: true, import: 'default' }))

/** The language asked for in the address, else the kept one, else the browser's. */
export function chooseLanguage(search: string, kept: string | null, preferred: readonly string[]): Language {
  const asked = new URLSearchParams(search).get('lang') ?? kept ?? preferred[0] ?? 'zh-CN'
  return asked.toLowerCase().startsWith('en') ? 'en' : asked.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: false,
  missingWarn: false,
  fallbackWarn: false,
  messages: { 'zh-CN': zh, en },
})

export function setLanguage(next: Language): void {
  i18n.global.locale.value = next
  localStorage.setItem(KEPT, next)
  document.documentElement.lang = next
  speak(next)
}

export function startLanguage(): void {
  setLanguage(chooseLanguage(location.search, localStorage.getItem(KEPT), navigator.languages))
}
