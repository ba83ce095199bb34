/** The way to the real server: the text of a batch goes out as it lies in the outbox, a photograph as its own bytes. */
import { ApiError, server, told } from '@/api/client'
import type { BatchAnswer, UploadView } from '@/api/schema'
import { WireError, type Wire } from './send'

function turned(caught: unknown): WireError {
  if (caught instanceof ApiError) return new WireError(caught.status, caught.code, caught.detail, caught.data)
  return new WireError(0, 'network', String(caught))
}

async function through<T>(asked: () => Promise<T>): Promise<T> {
  try {
    return await asked()
  } catch (caught) {
    throw turned(caught)
  }
}

/** The way of this person: what is sent names him, and is refused if somebody else has signed in meanwhile. */
export const wireOf = (person: string): Wire => ({
  begin: (photo) =>
    through(() => {
      const body = { person_id: person, sha256: photo.sha256, size: photo.size, file_name: photo.name, capture: photo.capture }
      return told(server.POST('/api/uploads', { body })) as Promise<UploadView>
    }),
  piece: (photo, offset, bytes) =>
    through(
      () =>
        told(
          server.PATCH('/api/uploads/{sha256}', {
            params: { path: { sha256: photo.sha256 }, header: { 'Upload-Offset': offset } },
            body: bytes as unknown as never,
            bodySerializer: (body: unknown) => body as ArrayBuffer,
            headers: { 'Content-Type': 'application/offset+octet-stream' },
          }),
        ) as Promise<UploadView>,
    ),
  commands: (body) =>
    through(
      () =>
        told(
          server.POST('/api/sync/commands', {
            body: body as unknown as never,
            bodySerializer: (text: unknown) => text as string,
            headers: { 'Content-Type': 'application/json' },
          }),
        ) as Promise<BatchAnswer>,
    ),
})
