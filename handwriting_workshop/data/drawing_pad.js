"use strict";

const SENT = 448; // pixels; what is sent does not depend on the screen
const PEN = 1 / 14; // of the canvas's side
const QUIET = 150; // milliseconds after a stroke, before the models are asked

const element = (id) => document.getElementById(id);
const canvas = element("canvas");
let strokes = []; // each one a list of [x, y], from 0 to 1
let pointer = null; // the one that is drawing
let counts = {};
let adding = false;

// --- Drawing ---

function paint(context, side, colour) {
  context.lineWidth = side * PEN;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = colour;
  for (const stroke of strokes) {
    const points = stroke.map(([x, y]) => [x * side, y * side]);
    const [first, last] = [points[0], points[points.length - 1]];
    context.beginPath();
    if (points.length === 1) {
      context.arc(...first, (side * PEN) / 2, 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    context.moveTo(...first);
    for (let at = 1; at < points.length - 1; at++) {
      const [[x, y], [nextX, nextY]] = [points[at], points[at + 1]];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2); // through the middles: no corners
    }
    context.lineTo(...last);
    context.stroke();
  }
}

function show() {
  const side = Math.round(canvas.clientWidth * window.devicePixelRatio);
  canvas.width = canvas.height = side; // empties it, too
  paint(canvas.getContext("2d"), side, getComputedStyle(canvas).color);
  canvas.parentElement.classList.toggle("drawn", strokes.length > 0);
}

function asPng() {
  const sheet = document.createElement("canvas");
  sheet.width = sheet.height = SENT;
  const context = sheet.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, SENT, SENT);
  paint(context, SENT, "black");
  return new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

canvas.addEventListener("pointerdown", (event) => {
  if (pointer !== null || event.button !== 0) return; // a second finger, the palm, another button
  pointer = event.pointerId;
  canvas.setPointerCapture(pointer);
  clearTimeout(timer);
  element("problem").textContent = "";
  strokes.push([place(event)]);
  show();
});

canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const events = event.getCoalescedEvents?.() ?? [];
  strokes[strokes.length - 1].push(...(events.length ? events : [event]).map(place));
  requestAnimationFrame(show);
});

for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    askSoon();
  });
}

function clear() {
  strokes = [];
  pointer = null;
  element("problem").textContent = "";
  show();
  forget();
}

// --- Asking the server ---

async function ask(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server does not answer. Is “workshop draw” still running in its terminal?");
  }
  const content = await answer.json().catch(() => ({ error: `The server answered with ${answer.status}.` }));
  if (!answer.ok) throw new Error(content.error);
  return content;
}

const post = (address, png, signal) =>
  ask(address, { method: "POST", headers: { "Content-Type": "image/png" }, body: png, signal });

const complain = (error) => {
  if (error.name !== "AbortError") element("problem").textContent = error.message;
};

// --- Guesses ---

const cards = () => document.querySelectorAll(".model");
let timer = null;
let asked = null; // the newest question; older ones are given up

function askSoon() {
  clearTimeout(timer);
  timer = setTimeout(guess, QUIET);
}

function forget() {
  clearTimeout(timer);
  asked?.abort();
  asked = null;
  element("models").classList.remove("waiting");
  element("seen").hidden = true;
  element("verdict").textContent = cards().length ? "Draw something, and the guesses appear here." : "";
  for (const row of document.querySelectorAll(".model li")) fill(row, "", 0, "");
}

async function guess() {
  asked?.abort();
  const question = (asked = new AbortController());
  element("models").classList.add("waiting");
  try {
    const answer = await post("guess", await asPng(), question.signal);
    if (question !== asked) return;
    showGuesses(answer);
  } catch (error) {
    if (question === asked) complain(error);
  } finally {
    if (question === asked) element("models").classList.remove("waiting");
  }
}

function fill(row, name, share, percent) {
  row.classList.toggle("none", !name);
  row.querySelector(".class").textContent = name || "–";
  row.querySelector(".class").title = name;
  row.querySelector(".bar").style.width = `${100 * share}%`;
  row.querySelector(".percent").textContent = percent;
}

function inPercent(share) {
  if (share > 0.999 && share < 1) return ">99.9%";
  return share < 0.001 ? "<0.1%" : `${(100 * share).toFixed(1)}%`;
}

function showGuesses({ seen, guesses }) {
  element("seen").src = seen;
  element("seen").hidden = false;
  for (const card of cards()) {
    const best = guesses[card.dataset.name];
    [...card.querySelectorAll("li")].forEach((row, at) => {
      if (best[at]) fill(row, best[at].class, best[at].probability, inPercent(best[at].probability));
      row.hidden = !best[at];
    });
  }
  element("verdict").textContent = inWords(Object.entries(guesses));
}

function inWords(guesses) {
  if (guesses.length === 0) return "";
  const answers = {};
  for (const [, [best]] of guesses) answers[best.class] = (answers[best.class] ?? 0) + 1;
  const [first, ...others] = Object.entries(answers).sort(([, a], [, b]) => b - a);
  if (guesses.length === 1) return `${guesses[0][0]} reads ${first[0]}.`;
  if (others.length === 0) return `${guesses.length === 2 ? "Both" : `All ${guesses.length}`} read ${first[0]}.`;
  return `${[first, ...others].map(([name, count]) => `${count} ${count === 1 ? "reads" : "read"} ${name}`).join(", ")}.`;
}

function buildModels(models) {
  for (const { name, about } of models) {
    const card = document.createElement("article");
    card.className = "model";
    card.dataset.name = name;
    card.append(textual("h3", name), textual("p", about, "about"), document.createElement("ol"));
    for (let rank = 0; rank < 5; rank++) {
      const row = document.createElement("li");
      const track = textual("div", "", "track");
      track.append(textual("div", "", "bar"));
      row.append(textual("span", "", "class"), track, textual("span", "", "percent"));
      card.lastChild.append(row);
    }
    element("models").append(card);
  }
  if (models.length === 0) {
    const hint = textual("p", "No trained model was found, so nothing is guessed. Stop the server, train four models in about two minutes with ");
    hint.append(textual("code", "workshop demo"), " and start it again. Drawings can be collected meanwhile.");
    element("models").append(hint);
  }
}

function textual(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

// --- Keeping drawings ---

const radios = () => [...element("labels").querySelectorAll("input")];
const label = () => element("other").value.trim() || radios().find((radio) => radio.checked)?.value || "";

function showCounts() {
  const chosen = label();
  for (const name of Object.keys(counts)) {
    let radio = radios().find((radio) => radio.value === name);
    if (!radio) {
      const choice = document.createElement("label");
      const face = document.createElement("span");
      face.append(textual("b", name), textual("small", ""));
      radio = Object.assign(document.createElement("input"), { type: "radio", name: "label", value: name });
      radio.addEventListener("change", () => choose(name));
      choice.append(radio, face);
      element("labels").append(choice);
    }
    radio.nextSibling.lastChild.textContent = counts[name];
    radio.setAttribute("aria-label", `${name}, ${counts[name]} in the data set`);
  }
  choose(chosen);
}

function mark(name) {
  for (const radio of radios()) radio.checked = radio.value === name;
  element("as").textContent = name && ` as ${name}`;
}

function choose(name) {
  mark(name);
  if (radios().some((radio) => radio.checked)) element("other").value = "";
}

function setAdding(button, is) {
  adding = is;
  element(button).setAttribute("aria-disabled", is); // `disabled` would take the focus away, and the next Enter with it
}

async function add() {
  if (adding || pointer !== null) return;
  if (strokes.length === 0) return complain(new Error("Nothing is drawn yet."));
  if (!label()) return complain(new Error("Choose or type what you drew, then add it."));
  setAdding("add", true);
  const sent = strokes;
  strokes = [...sent];
  try {
    const answer = await post(`add?label=${encodeURIComponent(label())}`, await asPng());
    counts = answer.counts;
    showCounts();
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    element("kept").textContent = `Added ${answer.label}: ${counts[answer.label]} of it now, ${total} in all.`;
    element("take-back").hidden = false;
    element("problem").textContent = "";
    if (element("rarest").checked) choose(Object.keys(counts).reduce((rarest, name) => (counts[name] < counts[rarest] ? name : rarest)));
    strokes = strokes.filter((stroke) => !sent.includes(stroke)); // whoever was quick has begun the next one
    show();
    if (strokes.length === 0) forget();
  } catch (error) {
    complain(error); // and the drawing stays
  } finally {
    setAdding("add", false);
  }
}

async function takeBack() {
  if (adding) return;
  setAdding("take-back", true);
  try {
    const answer = await post("take-back", new Blob([], { type: "image/png" }));
    counts = answer.counts;
    showCounts();
    element("kept").textContent = `Took back ${answer.label}: ${counts[answer.label] ?? 0} of it left.`;
    element("take-back").hidden = answer.added === 0;
    element("problem").textContent = "";
  } catch (error) {
    complain(error);
  } finally {
    setAdding("take-back", false);
  }
}

// --- Keys, and the beginning ---

element("keep").addEventListener("submit", (event) => {
  event.preventDefault();
  add();
});
element("clear").addEventListener("click", clear);
element("take-back").addEventListener("click", takeBack);
element("other").addEventListener("input", () => mark(element("other").value.trim()));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target === element("other");
  if (event.key === "Escape" || (event.key === "c" && !typing)) clear();
  if (event.key === "Enter" && !event.repeat && event.target.tagName !== "BUTTON" && !element("keep").hidden) {
    event.preventDefault();
    add();
  }
});
new ResizeObserver(show).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);

ask("state")
  .then((state) => {
    buildModels(state.models);
    forget();
    element("keep").hidden = element("add").hidden = state.dataSet === null;
    element("data-set").textContent = state.dataSet;
    counts = state.counts;
    showCounts();
    if (strokes.length) guess();
  })
  .catch(complain);
