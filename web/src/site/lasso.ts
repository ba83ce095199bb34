/** An area drawn by hand on the map: its line made simple, and its form in the address. */

/** Longitude, latitude. */
export type Corner = [number, number]

/** Corners that are enough for a line drawn by hand. */
export const CORNERS = 60
/** Decimals of a degree in the address: about a metre. */
const DECIMALS = 5

/** How far a point is from the line between two others, in the same measure; a degree of longitude counts as one of latitude. */
function distance([x, y]: Corner, [ax, ay]: Corner, [bx, by]: Corner): number {
  const [dx, dy] = [bx - ax, by - ay]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length))
  return Math.hypot(x - ax - along * dx, y - ay - along * dy)
}

/** The points of the line that matter, by Douglas and Peucker. */
function simpler(line: Corner[], within: number): Corner[] {
  const [first, last] = [line[0], line[line.length - 1]]
  if (!first || !last || line.length < 3) return line
  let far = 0
  let at = 0
  line.forEach((point, index) => {
    const away = distance(point, first, last)
    if (away > far) [far, at] = [away, index]
  })
  if (far <= within) return [first, last]
  return [...simpler(line.slice(0, at + 1), within).slice(0, -1), ...simpler(line.slice(at), within)]
}

/** The same line with few corners; what is hardly off it is left out first. */
export function simplified(line: Corner[]): Corner[] {
  const spread = Math.max(0, ...[0, 1].map((axis) => Math.max(...line.map((one) => one[axis]!)) - Math.min(...line.map((one) => one[axis]!))))
  let made = line
  for (let within = spread / 1000; made.length > CORNERS && within < spread; within *= 1.6) made = simpler(line, within)
  return made
}

/** The area as the server reads it. */
export function areaText(corners: Corner[]): string {
  return corners.map((corner) => corner.map((degrees) => degrees.toFixed(DECIMALS)).join(',')).join(';')
}

/** The area of an address; none if it is none. */
export function areaOf(text: string | undefined): Corner[] | null {
  const corners = (text ?? '').split(';').map((corner) => corner.split(',').map(Number))
  const whole = corners.length >= 3 && corners.every((corner) => corner.length === 2 && corner.every(Number.isFinite))
  return whole ? (corners as Corner[]) : null
}
