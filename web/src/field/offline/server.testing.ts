/**
 * The server's side of an outbox, for tests: what `domain::offline` and `round/visit.rs` do with visits, in memory. Commands are
 * applied once, parents hold, marks are merged field by field, a finished visit is finished.
 */
import type { CommandReceipt, Mark, Work } from '@/api/schema'
import { hashOf, hashOfText } from './hash'
import { WireError, type Wire } from './send'

interface Sent {
  id: string
  parents: string[]
  made_at: string
  body_hash: string
  work: Work
}

export interface Finding {
  result: string
  phrase: string
  note: string
  photos: string[]
}

const said = (mark: Mark): Finding => ({ result: JSON.stringify(mark.result), phrase: mark.phrase ?? '', note: mark.note ?? '', photos: mark.photos ?? [] })

/** A refusal with what belongs to it. */
class Refused extends Error {
  constructor(
    readonly code: string,
    readonly data: object = {},
  ) {
    super(code)
  }
}

/** Three sides of a text or a list of pictures; none where both changed it differently. */
function merged(base: Finding, mine: Finding, theirs: Finding): Finding | null {
  const field = (of: 'result' | 'phrase' | 'note'): string | null => (mine[of] === theirs[of] || theirs[of] === base[of] ? mine[of] : mine[of] === base[of] ? theirs[of] : null)
  const [result, phrase, note] = [field('result'), field('phrase'), field('note')]
  if (result === null || phrase === null || note === null) return null
  const removed = base.photos.filter((one) => !mine.photos.includes(one) || !theirs.photos.includes(one))
  return { result, phrase, note, photos: [...new Set([...theirs.photos, ...mine.photos])].filter((one) => !removed.includes(one)) }
}

/** A city; `fails` cuts the connection before or after a request, `refuses` names the photographs that are not taken. */
export function cityOf(fails: () => boolean = () => false, refuses: (sha256: string) => boolean = () => false) {
  const parts = new Map<string, Uint8Array>()
  const media = new Set<string>()
  const applied = new Map<string, { hash: string; visit: string }>()
  const visits = new Map<string, { site: string; position: unknown; findings: Map<string, Finding>; finished: number; ended: string }>()
  const seen: CommandReceipt[] = []
  const fates: { refuse: string | null } = { refuse: null }
  const broken = () => new WireError(0, 'network', '')
  async function through<T>(work: () => Promise<T>): Promise<T> {
    if (fails()) throw broken()
    const answer = await work()
    if (fails()) throw broken()
    return answer
  }

  function visitOf(command: Sent, named: string | null | undefined): string {
    const visit = named ?? applied.get(command.parents[0] ?? '')?.visit
    if (!visit || !visits.has(visit)) throw new Refused('visit_not_found')
    return visit
  }

  function carry(command: Sent): string {
    const work = command.work
    if (work.kind === fates.refuse) throw new Refused('refused_here')
    if (work.kind === 'start_visit') {
      const open = [...visits].find(([, one]) => one.site === work.site_id && one.finished === 0)
      const id = open?.[0] ?? `visit-${visits.size + 1}`
      if (!open) visits.set(id, { site: work.site_id, position: work.position ?? null, findings: new Map(), finished: 0, ended: '' })
      return id
    }
    if (work.kind === 'mark_item') {
      const id = visitOf(command, work.visit_id)
      const visit = visits.get(id)!
      if (visit.finished) throw new Refused('visit_finished')
      const theirs = visit.findings.get(work.item_id)
      const mine = said(work.mark)
      const base = work.base ? said(work.base) : theirs && theirs.result === mine.result ? { ...mine, phrase: '', note: '', photos: [] } : null
      const next = theirs ? base && merged(base, mine, theirs) : mine
      if (!next) throw new Refused('finding_clash', { mine: work.mark, theirs: { ...theirs, result: JSON.parse(theirs?.result ?? 'null') } })
      visit.findings.set(work.item_id, next)
      return id
    }
    if (work.kind === 'finish_visit') {
      const id = visitOf(command, work.visit_id)
      const visit = visits.get(id)!
      if (visit.finished) throw new Refused('visit_finished')
      if (work.seen.some((item) => !visit.findings.has(item))) throw new Refused('visit_incomplete')
      visit.finished += 1
      visit.ended = command.made_at
      return id
    }
    return ''
  }

  function one(command: Sent, text: string): CommandReceipt {
    const receipt = (state: CommandReceipt['receipt'], more: Partial<CommandReceipt> = {}): CommandReceipt => ({ id: command.id, receipt: state, status: 200, missing: [], ...more })
    if (!text.includes(`${JSON.stringify(command.work)}}`) || hashOfText(JSON.stringify(command.work)) !== command.body_hash) return receipt('refused', { code: 'sync_body_damaged' })
    const before = applied.get(command.id)
    if (before) return before.hash === command.body_hash ? receipt('applied') : receipt('refused', { code: 'command_reused' })
    const open = command.parents.find((parent) => !applied.has(parent))
    if (open) return receipt('held', { code: 'sync_parent_open', data: { parent: open } })
    const photos = command.work.kind === 'mark_item' ? (command.work.mark.photos ?? []) : 'photos' in command.work ? (command.work.photos ?? []) : []
    const missing = photos.filter((sha256) => !media.has(sha256))
    if (missing.length) return receipt('media_missing', { missing })
    try {
      applied.set(command.id, { hash: command.body_hash, visit: carry(command) })
      return receipt('applied')
    } catch (caught) {
      if (!(caught instanceof Refused)) throw caught
      return receipt('refused', { code: caught.code, message: caught.code, data: caught.data as never })
    }
  }

  const viewOf = (sha256: string, size: number) => ({ sha256, size, offset: media.has(sha256) ? size : (parts.get(sha256)?.length ?? 0), media_id: media.has(sha256) ? sha256 : null })
  const wire: Wire = {
    begin: (photo) =>
      through(async () => {
        if (refuses(photo.sha256)) throw new WireError(422, 'media_damaged', 'damaged')
        return viewOf(photo.sha256, photo.size)
      }),
    piece: (photo, offset, bytes) =>
      through(async () => {
        const had = parts.get(photo.sha256) ?? new Uint8Array()
        if (offset !== had.length) throw new WireError(409, 'upload_offset', '', { offset: had.length })
        const all = new Uint8Array([...had, ...new Uint8Array(bytes)])
        parts.set(photo.sha256, all)
        if (all.length === photo.size) {
          if ((await hashOf(all.buffer as ArrayBuffer)) === photo.sha256) media.add(photo.sha256)
          else {
            parts.delete(photo.sha256)
            throw new WireError(422, 'upload_hash_differs', '')
          }
        }
        return viewOf(photo.sha256, photo.size)
      }),
    commands: (body) =>
      through(async () => {
        const { commands } = JSON.parse(body) as { commands: Sent[] }
        const receipts = new Map<string, CommandReceipt>()
        for (let moved = true; moved; ) {
          moved = false
          for (const command of commands) {
            if (receipts.has(command.id) && receipts.get(command.id)!.receipt !== 'held') continue
            const next = one(command, body)
            moved ||= next.receipt === 'applied'
            receipts.set(command.id, next)
          }
        }
        seen.push(...receipts.values())
        return { receipts: [...receipts.values()], now: new Date().toISOString() }
      }),
  }
  return { wire, media, applied, visits, seen, fates, parts }
}
