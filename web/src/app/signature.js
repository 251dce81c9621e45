// [data-signature]: a pad to sign on by pen, finger or mouse. The picture travels with the form as a
// file; whoever does not draw types the name instead.
const LINE = 2.5;

/** Shows the pad and keeps the picture in the form's file control. */
export function mountSignature(field) {
  const pad = field.querySelector('[data-signature-pad]');
  const canvas = field.querySelector('[data-signature-canvas]');
  const file = field.querySelector('[data-signature-file]');
  const state = field.querySelector('[data-signature-state]');
  const name = field.querySelector('[name=__signature_name]');
  if (typeof DataTransfer === 'undefined') return;
  pad.hidden = false;
  const pen = canvas.getContext('2d');
  let drawn = false;
  let drawing = false;

  function clear() {
    const scale = window.devicePixelRatio || 1;
    const { width, height } = canvas.getBoundingClientRect();
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    pen.scale(scale, scale);
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, width, height);
    pen.strokeStyle = '#111';
    pen.lineWidth = LINE;
    pen.lineCap = 'round';
    pen.lineJoin = 'round';
    drawn = false;
    file.value = '';
    state.textContent = state.dataset.empty;
  }

  function at(event) {
    const place = canvas.getBoundingClientRect();
    return [ event.clientX - place.left, event.clientY - place.top ];
  }

  canvas.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    pen.beginPath();
    pen.moveTo(...at(event));
  });

  canvas.addEventListener('pointermove', event => {
    if (!drawing) return;
    for (const each of event.getCoalescedEvents?.() ?? [ event ]) pen.lineTo(...at(each));
    pen.stroke();
    drawn = true;
  });

  function end() {
    if (!drawing) return;
    drawing = false;
    if (drawn) keep();
  }

  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);

  // toDataURL rather than toBlob: the picture must be there before the form can be sent.
  function keep() {
    const text = atob(canvas.toDataURL('image/png').split(',')[1]);
    const bytes = Uint8Array.from(text, letter => letter.charCodeAt(0));
    const kept = new DataTransfer();
    kept.items.add(new File([ bytes ], 'signature.png', { type: 'image/png' }));
    file.files = kept.files;
    name.value = '';
    state.textContent = state.dataset.signed;
  }

  field.querySelector('[data-signature-clear]').addEventListener('click', clear);
  clear();
}
