// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpc/tls/resumption_impl.hpp"

#include "rpc/base/text.hpp"
#include "rpc/tls/take_octets.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

namespace rpctls::tls {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::hours longest_lifetime(7 * 24);

/// How far a hello with early data may be from when its ticket says that it was sent. It is remembered for twice as long,
/// in which GnuTLS begins a new recording and from then on refuses what came before.
constexpr std::chrono::seconds replay_window(10);

int add_hello(void *pointer, std::time_t, const gnutls_datum_t *hello, const gnutls_datum_t *) {
    try {
        auto &keys = *static_cast<TicketKeys::Impl *>(pointer);
        return keys.remember(std::string(as_text(view(*hello))), Clock::now()) ? 0 : GNUTLS_E_DB_ENTRY_EXISTS;
    } catch (const std::bad_alloc &) {
        return GNUTLS_E_MEMORY_ERROR;
    }
}

} // namespace

std::optional<TicketTerms> read_ticket_terms(std::span<const std::byte> body) {
    constexpr std::size_t early_data = 42;
    TicketTerms terms;
    const auto lifetime = take_number(body, 4);
    const auto age_add = take_number(body, 4);
    const auto nonce = take_vector(body, 1);
    const auto ticket = take_vector(body, 2);
    auto extensions = take_vector(body, 2);
    if (!lifetime || !age_add || !nonce || !ticket || ticket->empty() || !extensions || !body.empty())
        return std::nullopt;
    terms.lifetime = std::chrono::seconds(*lifetime);
    while (!extensions->empty()) {
        const auto number = take_number(*extensions, 2);
        auto octets = take_vector(*extensions, 2);
        if (!number || !octets)
            return std::nullopt;
        if (*number == early_data) {
            const auto most = take_number(*octets, 4);
            if (!most || !octets->empty())
                return std::nullopt;
            terms.early_data = static_cast<std::uint32_t>(*most);
        }
    }
    return terms;
}

void TicketStore::drop_expired() {
    const auto now = Clock::now();
    tickets_.remove_if([&](const Ticket &ticket) { return ticket.expires <= now; });
}

std::optional<Ticket> TicketStore::take(std::string_view key) {
    const std::scoped_lock lock(mutex_);
    drop_expired();
    const auto found =
        std::find_if(tickets_.rbegin(), tickets_.rend(), [&](const Ticket &each) { return each.key == key; });
    if (found == tickets_.rend())
        return std::nullopt;
    std::optional<Ticket> ticket = std::move(*found);
    tickets_.erase(std::next(found).base());
    return ticket;
}

void TicketStore::put(Ticket ticket, std::chrono::seconds lifetime) {
    lifetime = std::min({lifetime, limits_.lifetime, std::chrono::seconds(longest_lifetime)});
    if (lifetime <= std::chrono::seconds::zero() || limits_.tickets == 0)
        return;
    ticket.expires = Clock::now() + lifetime;
    const std::scoped_lock lock(mutex_);
    drop_expired();
    while (tickets_.size() >= limits_.tickets)
        tickets_.pop_front();
    tickets_.push_back(std::move(ticket));
}

void TicketStore::clear() {
    const std::scoped_lock lock(mutex_);
    tickets_.clear();
}

std::size_t TicketStore::size() const {
    const std::scoped_lock lock(mutex_);
    return tickets_.size();
}

TicketKeys::Impl::Impl(Limits within) : limits(within) {
    anti_replay = make<AntiReplay>(gnutls_anti_replay_init);
    if (!anti_replay)
        throw std::bad_alloc();
    gnutls_anti_replay_set_window(anti_replay.get(),
                                  static_cast<unsigned>(std::chrono::milliseconds(replay_window).count()));
    gnutls_anti_replay_set_ptr(anti_replay.get(), this);
    gnutls_anti_replay_set_add_function(anti_replay.get(), add_hello);
    rotate();
}

void TicketKeys::Impl::rotate() {
    Datum fresh;
    if (gnutls_session_ticket_key_generate(fresh.out()) < 0)
        throw std::bad_alloc();
    present = Secret(fresh.bytes());
    wipe(fresh.bytes());
    made = Clock::now();
}

Secret TicketKeys::Impl::key() {
    const std::scoped_lock lock(mutex);
    if (Clock::now() - made >= limits.lifetime)
        rotate();
    return present.duplicate();
}

bool TicketKeys::Impl::remember(std::string hello, Clock::time_point now) {
    const std::scoped_lock lock(mutex);
    if (hellos.size() >= limits.early_hellos)
        std::erase_if(hellos, [&](const auto &each) { return each.second <= now; });
    if (hellos.size() >= limits.early_hellos)
        return false;
    return hellos.try_emplace(std::move(hello), now + 2 * replay_window).second;
}

TicketKeys::TicketKeys() : TicketKeys(Limits{}) {}

TicketKeys::TicketKeys(Limits limits) : limits_(limits) {
    if (limits.lifetime < std::chrono::seconds(1) || limits.lifetime > longest_lifetime)
        throw std::invalid_argument("the lifetime of a ticket is one second to seven days");
    impl_ = std::make_unique<Impl>(limits);
}

TicketKeys::~TicketKeys() = default;

void TicketKeys::rotate() {
    const std::scoped_lock lock(impl_->mutex);
    impl_->rotate();
}

} // namespace rpctls::tls
