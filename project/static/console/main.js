// The console starts here: signed in or not, and the way from one to the other.

import { Api } from "./api.js";
import { bar } from "./bar.js";
import { Board } from "./board.js";
import { byId, show } from "./dom.js";
import { Session } from "./session.js";
import { SignIn } from "./signin.js";
import { Socket } from "./socket.js";

const session = new Session();
const socket = new Socket(session);
const board = new Board(session, new Api(session), socket);
const signIn = new SignIn(session);
let inside = false;

session.addEventListener("renewed", enter);
session.addEventListener("ended", leave);
document.querySelector("[data-skip]").addEventListener("click", (event) => {
  event.preventDefault(); // the hash is the console's route
  byId("conversation").focus();
});

if (!(await session.resume(() => bar.lost("The server cannot be reached. Trying again.")))) leave();

async function enter() {
  if (inside) return;
  inside = true;
  bar.clear();
  view("board");
  await board.enter();
}

function leave() {
  if (inside) board.leave();
  inside = false;
  bar.clear();
  document.title = "Switchboard";
  view("sign-in");
  document.body.dataset.view = "sign-in";
  signIn.open();
}

function view(name) {
  for (const id of ["starting", "sign-in", "board"]) show(byId(id), id === name);
}
