// A canvas that is as sharp as the screen and drawn again when what it shows changes.
export interface Brush {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
  colour: (name: string) => string;
}

export function brushOf(canvas: HTMLCanvasElement, width: number, height: number): Brush | null {
  const context = canvas.getContext('2d');
  if (!context || width < 1) return null;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const style = getComputedStyle(canvas);
  return { context, width, height, colour: (name) => style.getPropertyValue(name).trim() };
}
