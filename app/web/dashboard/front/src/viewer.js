// The picture: zoomed and panned by OpenSeadragon, with a layer of SVG above it in the picture's own pixels.
import OpenSeadragon from "openseadragon";

const SVG = "http://www.w3.org/2000/svg";

/** A new SVG element with ATTRIBUTES. */
export function svg(name, attributes = {}) {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
}

// OpenSeadragon would write a rule into the page, which the page's policy refuses, unless it finds one of this name.
function withoutRules() {
  const name = "data-openseadragon-mobile-css";
  if (document.querySelector(`style[${name}]`)) return;
  const one = document.createElementNS("urn:postil:none", "style");
  one.setAttribute(name, "");
  document.head.append(one);
}

export class Viewer {
  /** The picture at URL in ELEMENT. `opened` resolves once it is there; `onMoved` is called when another part is seen. */
  constructor(element, url) {
    withoutRules();
    this.element = element;
    this.onMoved = () => {};
    this.width = 0;
    this.height = 0;
    this.osd = OpenSeadragon({
      element,
      drawer: "canvas",
      showNavigationControl: false,
      showNavigator: false,
      keyboardNavEnabled: false,
      tabIndex: "",
      animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.25,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: false },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: false },
      gestureSettingsPen: { clickToZoom: false, dblClickToZoom: false },
      maxZoomPixelRatio: 16,
      visibilityRatio: 0.2,
      imageSmoothingEnabled: false,
      tileSources: { type: "image", url, buildPyramid: false },
    });
    this.layer = svg("svg", { class: "layer", "aria-hidden": "true" });
    this.shapes = svg("g"); // in the picture's pixels
    this.marks = svg("g"); // in those of the screen: handles, names, pins
    this.layer.append(this.shapes, this.marks);
    this.osd.canvas.append(this.layer);
    this.opened = new Promise((resolve, reject) => {
      this.osd.addHandler("open", () => {
        const { x, y } = this.osd.world.getItemAt(0).getContentSize();
        [this.width, this.height] = [x, y];
        this.place();
        resolve(this);
      });
      this.osd.addHandler("open-failed", () => reject(new Error("The picture cannot be shown.")));
    });
    for (const name of ["update-viewport", "resize", "animation", "animation-finish"]) {
      this.osd.addHandler(name, () => this.place());
    }
  }

  /** Lays the layer over the picture as it is seen now. */
  place() {
    if (!this.width) return;
    const at = (x, y) => this.osd.viewport.imageToViewerElementCoordinates(new OpenSeadragon.Point(x, y));
    const [first, last] = [at(0, 0), at(this.width, 0)];
    const scale = (last.x - first.x) / this.width;
    if (scale === this.scale && first.x === this.x && first.y === this.y) return;
    [this.scale, this.x, this.y] = [scale, first.x, first.y];
    this.shapes.setAttribute("transform", `translate(${this.x} ${this.y}) scale(${scale})`);
    this.onMoved();
  }

  /** Where a point of the picture is on the stage. */
  toScreen(x, y) {
    return [this.x + x * this.scale, this.y + y * this.scale];
  }

  /** Where on the picture an event happened; IS_KEPT: at its border, where it was beyond. */
  pointOf(event, isKept = true) {
    const box = this.element.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left - this.x) / this.scale, (event.clientY - box.top - this.y) / this.scale];
    return isKept ? [Math.min(Math.max(x, 0), this.width), Math.min(Math.max(y, 0), this.height)] : [x, y];
  }

  /** The part of the picture that is seen. */
  seen() {
    const box = this.element.getBoundingClientRect();
    const left = Math.max(0, -this.x / this.scale);
    const top = Math.max(0, -this.y / this.scale);
    const right = Math.min(this.width, (box.width - this.x) / this.scale);
    const bottom = Math.min(this.height, (box.height - this.y) / this.scale);
    return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
  }

  zoom(factor) {
    this.osd.viewport.zoomBy(factor).applyConstraints();
  }

  pan(dx, dy) {
    this.osd.viewport.panBy(this.osd.viewport.deltaPointsFromPixels(new OpenSeadragon.Point(dx, dy))).applyConstraints();
  }

  fit() {
    this.osd.viewport.goHome();
  }

  /** Shows the box of the picture, and something around it, where it is not seen. */
  show({ x, y, width, height }) {
    const seen = this.seen();
    const isSeen = x >= seen.x && y >= seen.y && x + width <= seen.x + seen.width && y + height <= seen.y + seen.height;
    if (isSeen) return;
    const around = Math.max(width, height, 40);
    const box = new OpenSeadragon.Rect(x - around, y - around, width + 2 * around, height + 2 * around);
    this.osd.viewport.fitBoundsWithConstraints(this.osd.viewport.imageToViewportRectangle(box));
  }
}
