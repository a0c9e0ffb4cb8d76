(() => {
  "use strict";

  // Copying: each command gets a button, which copies the command and nothing else.
  const copyInto = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "unseen";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };

  for (const command of document.querySelectorAll("pre.command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${command.dataset.what}`);
    button.addEventListener("click", async () => {
      const done = await copyInto(command.querySelector("code").textContent);
      button.textContent = done ? "Copied" : "Not copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    command.append(button);
  }

  // Filtering: within outcome and within plane any of the pressed, of both where both are pressed.
  const filter = document.getElementById("filter");
  const buttons = [...document.querySelectorAll("[data-filter]")];
  const entries = [...document.querySelectorAll("[data-outcome]")];
  const listings = [...document.querySelectorAll(".listing")];
  const shown = document.getElementById("shown");
  const clear = document.getElementById("clear");

  const pressed = (kind) => new Set(
    buttons.filter((each) => each.dataset.filter === kind && each.getAttribute("aria-pressed") === "true")
      .map((each) => each.dataset.value),
  );

  const apply = () => {
    const outcomes = pressed("outcome");
    const planes = pressed("plane");
    for (const entry of entries) {
      entry.hidden = (outcomes.size > 0 && !outcomes.has(entry.dataset.outcome))
        || (planes.size > 0 && !planes.has(entry.dataset.plane));
    }
    for (const listing of listings) {
      listing.hidden = !listing.querySelector("tbody tr:not([hidden])");
    }
    const probes = entries.filter((entry) => entry.id);
    const visible = probes.filter((entry) => !entry.hidden).length;
    const filtered = outcomes.size + planes.size > 0;
    shown.textContent = filtered ? `${visible} of ${probes.length} shown` : "";
    clear.hidden = !filtered;
  };

  const press = (wanted) => {
    for (const button of buttons) {
      const chosen = wanted(button.dataset.filter).includes(button.dataset.value);
      button.setAttribute("aria-pressed", String(chosen));
    }
    apply();
  };

  const remember = () => {
    const parts = ["outcome", "plane"]
      .map((kind) => [kind, [...pressed(kind)].join(",")])
      .filter(([, values]) => values)
      .map(([kind, values]) => `${kind}=${values}`);
    history.replaceState(null, "", `#${parts.join("&") || "probes"}`);
  };

  // The hash is a filter (#outcome=fail&plane=data) or a place, which is then opened.
  const follow = () => {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) {
      const wanted = new URLSearchParams(hash);
      press((kind) => (wanted.get(kind) || "").split(","));
      filter.scrollIntoView();
      return;
    }
    const place = hash && document.getElementById(hash);
    const entry = place && place.closest("[data-outcome]");
    if (!entry) {
      return;
    }
    if (entry.hidden) {
      press(() => []);
    }
    if (entry.tagName === "DETAILS") {
      entry.open = true;
    }
    entry.scrollIntoView();
  };

  if (filter) {
    filter.hidden = false;
    for (const button of buttons) {
      button.addEventListener("click", () => {
        const chosen = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(chosen));
        apply();
        remember();
      });
    }
    clear.addEventListener("click", () => {
      press(() => []);
      remember();
      buttons[0].focus();
    });
    apply();
    addEventListener("hashchange", follow);
    follow();
  }

  // A link to the place that the hash names already fires no event.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) {
      follow();
    }
  });

  // Paper cannot be unfolded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) {
      each.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const each of folded) {
      each.open = false;
    }
    folded = [];
  });
})();
