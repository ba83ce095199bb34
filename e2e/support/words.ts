import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export type Language = 'zh-CN' | 'en'
type Tree = { [key: string]: string | Tree }

const rooms = resolve(import.meta.dirname, '../../web/src/i18n')

function read(language: Language): Tree {
  const folder = join(rooms, language)
  return Object.assign({}, ...readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Tree)) as Tree
}
const words: Record<Language, Tree> = { 'zh-CN': read('zh-CN'), en: read('en') }

/** What the screens say in a language: the same words as the application's own, with their places filled. */
export function saying(language: Language) {
  return (key: string, values: Record<string, string | number> = {}): string => {
    const found = key.split('.').reduce<string | Tree | undefined>((tree, part) => (typeof tree === 'object' ? tree[part] : undefined), words[language])
    if (typeof found !== 'string') throw new Error(`no word ${key} in ${language}`)
    return found.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
  }
}

export type Say = ReturnType<typeof saying>

/** A word whose places may hold anything, as a pattern. */
export function around(text: string): RegExp {
  return new RegExp(text.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'))
}
