/** A photograph at the moment of capture: hashed, described, kept, before anything else happens to it. */
import { base, type Capture, type Owner, type PhotoRow, type Spot } from './base'
import { hashOf } from './hash'
import { roomLeft } from './room'

/** The longer side of the small picture in lists. */
const THUMB = 240

/** The phone could not keep a photograph. */
export class NoRoom extends Error {}

export async function keepPhoto(owner: Owner, file: Blob, name: string, origin: Capture['origin'], offsetMs: number, position: Spot | null): Promise<PhotoRow> {
  const room = await roomLeft()
  if (room && room.free < file.size * 2) throw new NoRoom()
  const bytes = await file.arrayBuffer()
  const row: PhotoRow = {
    owner,
    sha256: await hashOf(bytes),
    bytes,
    type: file.type || 'image/jpeg',
    size: bytes.byteLength,
    name,
    thumb: await thumbOf(file),
    capture: { made_at: new Date().toISOString(), clock_offset_ms: Math.round(offsetMs), origin, position },
    offset: 0,
    state: 'waiting',
    reason: '',
  }
  const db = await base()
  const known = await db.get('photo', [owner, row.sha256])
  if (known && known.state !== 'refused') return known
  try {
    await db.put('photo', row)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'QuotaExceededError') throw new NoRoom()
    throw error
  }
  return row
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
  return (await base()).getAllFromIndex('photo', 'owner', owner)
}

/** Where the phone is, if it says so within five seconds; its silence never blocks. Phones answer in WGS-84. */
export async function whereNow(): Promise<Spot | null> {
  if (!('geolocation' in navigator)) return null
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), 5000)
    const end = (spot: Spot | null) => {
      clearTimeout(timer)
      resolve(spot)
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => end({ longitude: coords.longitude, latitude: coords.latitude, accuracy_m: Math.round(coords.accuracy), datum: 'wgs84' }),
      () => end(null),
      { enableHighAccuracy: true, timeout: 5000, maximumAge: 60_000 },
    )
  })
}
