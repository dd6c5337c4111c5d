'use strict';
// Counts down by the server's clock, and fetches what is marked "live" anew when an incident has changed. Every page works without it.
(() => {
    let ahead = 0;
    const agree = page => {
        const now = page.querySelector('[data-now]');
        if (now) ahead = Number(now.dataset.now) - Date.now();
    };
    const spoken = ms => {
        const s = Math.floor(Math.abs(ms) / 1000), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
        return h ? `${h}\u00a0h\u00a0${m}\u00a0min` : m >= 10 ? `${m} min` : `${m}:${String(s % 60).padStart(2, '0')} min`;
    };
    const mark = (element, left) => {
        element.classList.toggle('down', left <= 0);
        element.classList.toggle('degraded', left > 0 && left < 300000);
    };
    const count = () => {
        const at = Date.now() + ahead;
        document.querySelectorAll('time[data-due]').forEach(e => {
            const left = Number(e.dataset.due) - at;
            e.textContent = left > 0 ? `${spoken(left)} left` : `overdue by ${spoken(left)}`;
            mark(e, left);
        });
        document.querySelectorAll('svg[data-due]').forEach(e => {
            const from = Number(e.dataset.from), due = Number(e.dataset.due);
            e.querySelector('.gone').setAttribute('width', Math.min(100, Math.max(0, due > from ? 100 * (at - from) / (due - from) : 100)).toFixed(1));
            mark(e, due - at);
        });
    };
    // What somebody is writing, presses or has just marked to copy is left alone. What was marked long ago is not: it would hold a board up for ever, and nobody would see.
    const heldFor = 120000;
    let marked = 0;
    document.addEventListener('selectionchange', () => { marked = Date.now(); });
    const changed = f => f.matches('select') ? f.selectedIndex !== Math.max(0, [...f.options].findIndex(o => o.defaultSelected))
        : f.matches('[type=checkbox], [type=radio]') ? f.checked !== f.defaultChecked : f.value !== f.defaultValue;
    const busy = part => part.contains(document.activeElement) && document.activeElement.matches('input, textarea, select')
        || [...part.querySelectorAll('textarea, input, select')].some(changed)
        || part.querySelector(':active') !== null
        || !getSelection().isCollapsed && Date.now() - marked < heldFor && getSelection().containsNode(part, true);
    // Where a part is replaced, whoever works by keyboard stays at what they are at, wherever that now stands, and never comes to another; what is unfolded stays so.
    const handles = part => [...part.querySelectorAll('a[href], button, summary')];
    const known = e => {
        const within = e.closest('article, li, tr, details');
        return [within?.dataset.key ?? within?.querySelector('a[href]')?.getAttribute('href'), e.tagName, ...['href', 'formaction'].map(a => e.getAttribute(a)), e.form?.getAttribute('action')].join(' ');
    };
    const replace = (part, other) => {
        const focused = part.contains(document.activeElement) ? known(document.activeElement) : null;
        const open = new Map([...part.querySelectorAll('summary')].map(s => [known(s), s.parentElement.open]));
        part.replaceWith(other);
        other.querySelectorAll('summary').forEach(s => { s.parentElement.open = open.get(known(s)) ?? s.parentElement.open; });
        if (focused === null) return;
        other.tabIndex = -1;
        (handles(other).find(e => known(e) === focused) ?? other).focus({ preventScroll: true });
    };
    const silent = document.querySelector('#silent');
    const say = quiet => { if (silent) silent.hidden = !quiet; };
    // One question at a time, and then a rest: where much happens, many open pages ask, and what they ask for takes longer.
    let timer = 0, asking = false, again = false, rested = 0;
    const soon = () => {
        again = asking;
        if (asking || timer) return;
        timer = setTimeout(refresh, Math.max(document.hidden ? 10000 : 300, rested - performance.now()));
    };
    const refresh = async () => {
        timer = 0;
        asking = true;
        const began = performance.now();
        try {
            const answer = await fetch(location.pathname + location.search, { credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(20000) });
            if (!answer.ok) throw new Error(answer.status);
            const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
            const parts = [...document.querySelectorAll('.live')].map(part => [part, fresh.getElementById(part.id)]);
            // Such as a proxy's, which asks for a password.
            if (!parts.every(([, other]) => other)) throw new Error('another page');
            agree(fresh);
            parts.forEach(([part, other]) => { if (!busy(part)) replace(part, other); });
            document.title = fresh.title;
            say(false);
            count();
        } catch {
            say(true);
        }
        asking = false;
        rested = performance.now() + Math.min(10000, Math.max(2000, 10 * (performance.now() - began)));
        if (again) soon();
    };
    agree(document);
    count();
    setInterval(count, 1000);
    setInterval(soon, 60000);
    document.addEventListener('visibilitychange', () => {
        if (document.hidden) return;
        clearTimeout(timer);
        timer = 0;
        soon();
    });
    // A page that was left may be kept for the way back, and a browser has six connections to a server.
    let events, later = 0;
    const listen = () => {
        clearTimeout(later);
        events = new EventSource('/api/v1/events');
        events.addEventListener('incident', soon);
        events.onopen = soon;
        events.onerror = () => {
            if (events.readyState !== EventSource.CLOSED) return say(true);
            // It was refused, and a browser does not try that again by itself.
            soon();
            later = setTimeout(listen, 30000);
        };
    };
    listen();
    addEventListener('pagehide', () => { events.close(); clearTimeout(later); });
    addEventListener('pageshow', shown => { if (shown.persisted) listen(); });
})();
