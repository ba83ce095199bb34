/** The English sentences, loaded by who reads them. */
import { gathered, type Words } from './gather'

export const en = gathered(import.meta.glob<Words>('./en/*.json', { eager: true, import: 'default' }))
