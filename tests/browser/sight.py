"""What an eye misses on a page: texts that are too small, cut, off the page or one over another."""

# Letters inside signs and the labels of the map are drawings; the map has a test of its own. What
# lies under a phone's thumb stands over what scrolls below it, and of the facts in a bar the last
# give way.
FAULTS = """least => {
  const faults = [], boxes = [];
  // The last of them is what a grid says to those who listen.
  const NOT_LOOKED_AT = 'script, .badge, .map, .chip, .at-hand, .ag-aria-description-container';
  // What hides a part of a text and neither scrolls nor says so by three dots. The marks of
  // Vietnamese stand high and low in a line, with a fifth of a letter above and below them where
  // nothing is.
  const isCut = (node, area, size) => {
    const most = size / 5;
    for (let box = node; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box), edge = box.getBoundingClientRect();
      if (box instanceof SVGElement || box.matches('.sr-only')) return false;
      if (style.textOverflow === 'ellipsis' || /auto|scroll/.test(style.overflow)) return false;
      if (!/hidden|clip/.test(style.overflow) || box.matches('.bar-facts')) continue;
      if (area.top < edge.top - most || area.bottom > edge.bottom + most) return true;
      if (area.left < edge.left - most || area.right > edge.right + most) return true;
    }
    return false;
  };
  const ports = new Map();
  const portsOf = (box) => {
    if (!box || box === document.body) return [];
    if (!ports.has(box)) {
      const scrolls = /auto|scroll/.test(getComputedStyle(box).overflow)
        || box.matches('.ag-body-viewport');
      const own = scrolls ? [box.getBoundingClientRect()] : [];
      ports.set(box, [...own, ...portsOf(box.parentElement)]);
    }
    return ports.get(box);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, box = node.parentElement;
    if (!node.textContent.trim() || box.closest(NOT_LOOKED_AT)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const area = range.getBoundingClientRect();
    if (!area.width || !area.height) continue;
    // What is scrolled out of the sight of its list is drawn all the same, and cut off by it.
    if (portsOf(box).some((port) => area.bottom > port.bottom + 1 || area.top < port.top - 1
      || area.right > port.right + 1 || area.left < port.left - 1)) continue;
    const text = node.textContent.trim().slice(0, 40);
    const style = getComputedStyle(box);
    const drawing = box.closest('svg');
    const shown = drawing && drawing.getBoundingClientRect().width;
    const size = parseFloat(style.fontSize) * (drawing ? shown / drawing.viewBox.baseVal.width : 1);
    if (size < least - 0.05) faults.push(['small', size, text]);
    const foot = Math.max(document.documentElement.scrollHeight,
      document.body.getBoundingClientRect().bottom);
    if (area.right > innerWidth + 1 || area.left < -1) faults.push(['off', text]);
    if (area.bottom > foot + 1) faults.push(['below', text]);
    if (isCut(box, area, size)) faults.push(['cut', text]);
    boxes.push([area, text, box]);
  }
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const [a, s, p] = boxes[i], [b, t, q] = boxes[j];
    if (p.contains(q) || q.contains(p)) continue;
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    // Lines of text stand closer than their boxes: two fifths of the smaller one are an overlap.
    if (across > 2 && down > 0.4 * Math.min(a.height, b.height)) faults.push(['over', s, t]);
  }
  return faults;
}"""
# How far a page can be scrolled sideways, once it is drawn at the size it has now.
BEYOND = """() => new Promise(requestAnimationFrame).then(() =>
  getComputedStyle(document.body).overflowX === 'hidden' ? 0
    : document.documentElement.scrollWidth - innerWidth)"""
