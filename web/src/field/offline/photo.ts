/** A photograph at the moment of capture: hashed, described, kept, before anything else happens to it. */
import { base, PLACING, writing, type Capture, type Owner, type PhotoRow, type Spot } from './base'
import { letGoAll } from './clear'
import { hashOf } from './hash'
import { roomLeft } from './room'

/** The longer side of the small picture in lists. */
const THUMB = 240

/** What the server takes of one photograph, in bytes. */
const LARGEST = 32 * 1024 * 1024

/** The phone could not keep a photograph. */
export class NoRoom extends Error {}

/** The server would not take it: too large, or no photograph. */
export class NoPhoto extends Error {
  constructor(readonly why: 'too_large' | 'not_a_photo') {
    super(why)
  }
}

/** The kind of a picture, by how its bytes begin; none for what is no photograph. */
export function kindOf(bytes: ArrayBuffer): string | null {
  const head = Array.from(new Uint8Array(bytes, 0, Math.min(12, bytes.byteLength)))
  const begins = (mark: number[], at = 0) => mark.every((byte, place) => head[at + place] === byte)
  if (begins([0xff, 0xd8, 0xff])) return 'image/jpeg'
  if (begins([0x89, 0x50, 0x4e, 0x47])) return 'image/png'
  return begins([0x52, 0x49, 0x46, 0x46]) && begins([0x57, 0x45, 0x42, 0x50], 8) ? 'image/webp' : null
}

/** Keeps a photograph; without a position, not even none, it waits for [`placePhoto`] before it goes. */
export async function keepPhoto(owner: Owner, file: Blob, name: string, origin: Capture['origin'], offsetMs: number, position: Spot | null | undefined): Promise<PhotoRow> {
  if (file.size > LARGEST) throw new NoPhoto('too_large')
  const little = async () => ((await roomLeft())?.free ?? Infinity) < file.size * 2
  if (await little()) {
    await letGoAll()
    if (await little()) throw new NoRoom()
  }
  const bytes = await file.arrayBuffer()
  const type = kindOf(bytes)
  if (!type) throw new NoPhoto('not_a_photo')
  const row: PhotoRow = {
    owner,
    sha256: await hashOf(bytes),
    type,
    size: bytes.byteLength,
    name,
    thumb: await thumbOf(file),
    capture: { made_at: new Date().toISOString(), clock_offset_ms: Math.round(offsetMs), origin, position: position ? { ...position } : null },
    state: 'waiting',
    reason: '',
    ...(position === undefined ? { until: Date.now() + PLACING } : {}),
  }
  try {
    return await writing(['photo', 'shot'], async (tx) => {
      const known = await tx.objectStore('shot').get([owner, row.sha256])
      // The bytes of one that was let go are here again for as long as something waits that names it.
      await tx.objectStore('photo').put({ owner, sha256: row.sha256, bytes })
      if (known && known.state !== 'refused') return known
      await tx.objectStore('shot').put(row)
      return row
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') throw new NoRoom()
    throw error
  }
}

/** Says where a photograph was taken, or that the phone does not know: it may go. */
export async function placePhoto(owner: Owner, sha256: string, position: Spot | null): Promise<void> {
  await writing(['shot'], async (tx) => {
    const shot = await tx.objectStore('shot').get([owner, sha256])
    if (!shot || shot.until === undefined) return
    const { until: _, ...rest } = shot
    await tx.objectStore('shot').put({ ...rest, capture: { ...rest.capture, position: rest.capture.position ?? position } })
  })
}

async function thumbOf(file: Blob): Promise<string> {
  if (typeof createImageBitmap !== 'function') return ''
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, THUMB / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(picture.width * scale))
    canvas.height = Math.max(1, Math.round(picture.height * scale))
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
    picture.close()
    return canvas.toDataURL('image/jpeg', 0.7)
  } catch {
    return ''
  }
}

export async function photosOf(owner: Owner): Promise<PhotoRow[]> {
  return (await base()).getAllFromIndex('shot', 'owner', owner)
}

/** Where the phone is, if it says so in time (milliseconds); its silence never blocks. Phones answer in WGS-84. */
export async function whereNow(patience = 5000): Promise<Spot | null> {
  if (!('geolocation' in navigator)) return null
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), patience)
    const end = (spot: Spot | null) => {
      clearTimeout(timer)
      resolve(spot)
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => end({ longitude: coords.longitude, latitude: coords.latitude, accuracy_m: Math.round(coords.accuracy), datum: 'wgs84' }),
      () => end(null),
      { enableHighAccuracy: true, timeout: patience, maximumAge: 60_000 },
    )
  })
}
