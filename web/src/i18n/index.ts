/** Chinese first, English beside it. All sentences live in the two locale folders, a file per room. */
import { createI18n } from 'vue-i18n'
import { speak } from '@/api/client'
import { chooseLanguage, type Language } from './choose'

export { chooseLanguage, type Language } from './choose'

const KEPT = 'yipanqi.language'

interface Words {
  [key: string]: string | Words
}
const gathered = (rooms: Record<string, Words>): Words => Object.assign({}, ...Object.values(rooms))
export const zh = gathered(import.meta.glob<Words>('./zh-CN/*.json', { eager: true, import: 'default' }))
export const en = gathered(import.meta.glob<Words>('./en/*.json', { eager: true, import: 'default' }))

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
