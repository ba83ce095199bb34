/** How much the phone can still keep, said before work is lost. */

export interface Room {
  free: number
  share: number
}

/** Below this, or above nine tenths, the storage counts as nearly full. */
export const LITTLE = 150 * 1024 * 1024

/** What the browser grants; none where it does not say. */
export async function roomLeft(): Promise<Room | null> {
  const asked = await navigator.storage?.estimate?.().catch(() => null)
  if (!asked?.quota) return null
  const used = asked.usage ?? 0
  return { free: Math.max(0, asked.quota - used), share: used / asked.quota }
}

export function nearlyFull(room: Room | null): boolean {
  return room !== null && (room.free < LITTLE || room.share > 0.9)
}

/** Asks the browser not to clear what waits here. */
export async function stay(): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false)
}
