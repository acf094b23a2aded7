/** The picture of a deployed environment, as SVG. */
import { ARROWS, type Arrow, FRAMES, PART, PARTS, type Part, type Point, SIZE } from "./parts.ts";

const FONT = 'font-family="system-ui, sans-serif"';

/** Deterministic: the same parts give the same bytes. */
export function drawArchitecture(): string {
  const { width, height } = SIZE;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    '  <title id="title">What a deployed environment consists of</title>',
    '  <defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#455a64"/></marker></defs>',
    `  <rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...FRAMES.flatMap(({ title, x, y, width, height }) => [
      `  <rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10" fill="#f4f7f4" stroke="#9fb3a2"/>`,
      `  <text x="${x + 12}" y="${y + 22}" font-size="14" font-weight="600" fill="#3c5a41" ${FONT}>${escaped(title)}</text>`,
    ]),
    ...ARROWS.map(drawArrow),
    ...PARTS.flatMap(drawPart),
    "</svg>",
  ].join("\n")}\n`;
}

function drawPart({ title, note, x, y, type }: Part): string[] {
  const middle = x + PART.width / 2;
  const dash = type === null ? ' stroke-dasharray="4 3"' : "";
  return [
    `  <rect x="${x}" y="${y}" width="${PART.width}" height="${PART.height}" rx="6" fill="#ffffff" stroke="#455a64"${dash}/>`,
    `  <text x="${middle}" y="${y + 25}" text-anchor="middle" font-size="14" font-weight="600" fill="#1c2a2f" ${FONT}>${escaped(title)}</text>`,
    `  <text x="${middle}" y="${y + 44}" text-anchor="middle" font-size="12" fill="#455a64" ${FONT}>${escaped(note)}</text>`,
  ];
}

function drawArrow({ from, to, label, labelAt, corners, shift }: Arrow): string {
  const start = pointOf(from, shift?.from ?? 0);
  const end = pointOf(to, shift?.to ?? 0);
  const bend = corners.length > 0 ? corners : bendBetween(start, end);
  const path = [start, ...bend, end].map(
    ({ x, y }, index) => `${index === 0 ? "M" : "L"}${x} ${y}`,
  );
  const line = `  <path d="${path.join("")}" fill="none" stroke="#455a64" stroke-width="1.4" marker-end="url(#end)"/>`;
  if (label === "" || !labelAt) return line;
  const text = `  <text x="${labelAt.x}" y="${labelAt.y}" text-anchor="middle" font-size="12" fill="#455a64" ${FONT}>${escaped(label)}</text>`;
  return `${line}\n${text}`;
}

/** A horizontal arrow between two heights bends in the middle. */
function bendBetween(start: Point, end: Point): readonly Point[] {
  if (start.x === end.x || start.y === end.y) return [];
  const x = (start.x + end.x) / 2;
  return [
    { x, y: start.y },
    { x, y: end.y },
  ];
}

function pointOf([id, side]: Arrow["from"], shift: number): Point {
  const part = PARTS.find((one) => one.id === id);
  if (!part) throw new Error(`An arrow names "${id}", which is no part.`);
  const { x, y } = part;
  switch (side) {
    case "left":
      return { x, y: y + PART.height / 2 + shift };
    case "right":
      return { x: x + PART.width, y: y + PART.height / 2 + shift };
    case "top":
      return { x: x + PART.width / 2 + shift, y };
    case "bottom":
      return { x: x + PART.width / 2 + shift, y: y + PART.height };
    default:
      return side satisfies never;
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
