// @vitest-environment node
import { parse } from '@vue/compiler-sfc'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { en } from './english'
import { chooseLanguage, zh } from './index'

const SRC = join(import.meta.dirname, '..')
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(vue|ts)$/.test(name) && !name.endsWith('.d.ts') && !name.endsWith('.test.ts'))
const CJK = /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/u

function flat(tree: object, path = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    const at = path ? `${path}.${key}` : key
    if (typeof value === 'string') all.set(at, value)
    else for (const [below, text] of flat(value as object, at)) all.set(below, text)
  }
  return all
}
const chinese = flat(zh)
const english = flat(en)
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()

describe('the two locale folders', () => {
  it('keep each family of words in one file', () => {
    for (const language of ['zh-CN', 'en']) {
      const families = readdirSync(join(import.meta.dirname, language)).flatMap((room) => Object.keys(JSON.parse(readFileSync(join(import.meta.dirname, language, room), 'utf8'))))
      expect(families.filter((family, at) => families.indexOf(family) !== at)).toEqual([])
    }
  })

  it('have the same keys', () => expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort()))

  it('have no empty entry', () => {
    for (const [key, text] of [...chinese, ...english]) expect(text.trim(), key).not.toBe('')
  })

  it('fill the same places', () => {
    for (const [key, text] of chinese) expect(placeholders(english.get(key) ?? ''), key).toEqual(placeholders(text))
  })

  it('keep Chinese out of English, but for the name of the other language', () => {
    const mixed = [...english].filter(([key, text]) => !['app.other_language', 'link.other_language'].includes(key) && CJK.test(text)).map(([key]) => key)
    expect(mixed).toEqual([])
  })
})

interface Node {
  type: number
  content?: unknown
  children?: unknown[]
  branches?: unknown[]
  props?: { type: number; name: string; value?: { content: string } }[]
}
const TEXT = 2
const ATTRIBUTE = 6
const SPOKEN = new Set(['aria-label', 'title', 'placeholder', 'alt', 'label', 'content', 'text', 'empty', 'search-hint'])

/** Words that a reader would see, standing in a template. */
function literals(node: Node): string[] {
  const found: string[] = []
  if (node.type === TEXT && typeof node.content === 'string' && /\p{L}{2,}/u.test(node.content.replaceAll(/&\w+;/g, ''))) found.push(node.content.trim())
  for (const prop of node.props ?? []) {
    if (prop.type === ATTRIBUTE && SPOKEN.has(prop.name) && /\p{L}/u.test(prop.value?.content ?? '')) found.push(`${prop.name}="${prop.value?.content}"`)
  }
  for (const child of [...(node.children ?? []), ...(node.branches ?? [])]) if (typeof child === 'object' && child) found.push(...literals(child as Node))
  return found
}

describe('components', () => {
  it.each(FILES.filter((name) => name.endsWith('.vue')))('%s has no literal text', (name) => {
    const { descriptor } = parse(readFileSync(join(SRC, name), 'utf8'))
    expect(descriptor.template?.ast ? literals(descriptor.template.ast as unknown as Node) : []).toEqual([])
  })

  it('keep Chinese out of strings', () => {
    const spoken = FILES.flatMap((name) => {
      const code = readFileSync(join(SRC, name), 'utf8')
        .replaceAll(/\/\*[\s\S]*?\*\//g, '')
        .replaceAll(/<!--[\s\S]*?-->/g, '')
        .replaceAll(/(^|\s)\/\/.*$/gm, '')
      return [...code.matchAll(/(['"`])(?:(?!\1)[^\\\n]|\\.)*\1/g)].filter((match) => /[\u4e00-\u9fff]/u.test(match[0])).map((match) => `${relative('.', name)}: ${match[0]}`)
    })
    expect(spoken).toEqual([])
  })

  it('use only words that exist', () => {
    const families = (key: string) => chinese.has(key) || [...chinese.keys()].some((one) => one.startsWith(`${key}.`))
    const missing = FILES.flatMap((name) => {
      const code = readFileSync(join(SRC, name), 'utf8')
      const used = [
        ...[...code.matchAll(/\$?\bt\(\s*'([\w.]+)'/g)].map((match) => match[1]!),
        ...[...code.matchAll(/(?:label|title): '([a-z_]+\.[\w.]+)'/g)].map((match) => match[1]!),
        ...[...code.matchAll(/page\('[^']*', '([\w.]+)'/g)].map((match) => match[1]!),
      ]
      const grown = [...code.matchAll(/\$?\bt\(\s*`([\w.]+)\.\$\{/g)].map((match) => match[1]!)
      const terms = [...code.matchAll(/\bterm\(\s*'([\w.]+)'/g)].map((match) => match[1]!).filter((family) => !['audit_action'].includes(family))
      return [...used.filter((key) => !chinese.has(key)), ...[...grown, ...terms].filter((key) => !families(key))].map((key) => `${name}: ${key}`)
    })
    expect(missing).toEqual([])
  })
})

describe('the language', () => {
  it.each([
    ['?lang=en', 'zh-CN', ['zh-CN'], 'en'],
    ['', 'en', ['zh-CN'], 'en'],
    ['', null, ['en-GB', 'zh-CN'], 'en'],
    ['', null, ['zh-TW'], 'zh-CN'],
    ['', null, [], 'zh-CN'],
    ['', null, ['fr'], 'en'],
  ] as const)('asked for %s, kept %s, preferred %j', (search, kept, preferred, language) => {
    expect(chooseLanguage(search, kept, preferred)).toBe(language)
  })
})
