// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <rpctls/api.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rpctls {

/// Where on the way from a name to a protected mount something failed. The order is the order of that way.
enum class Stage { input, config, resolve, connect, probe, handshake, verify, rpc, keyring, kernel, mount };

/// The stage's word as it appears in messages and JSON ("resolve", "handshake", …).
RPCTLS_API std::string_view to_string(Stage stage);
/// The stage of that word; absent when there is none.
RPCTLS_API std::optional<Stage> stage_named(std::string_view word);

/// One thing that was expected or seen, e.g. {"expected", "nfs1.example"}.
struct Fact {
    std::string key;
    std::string value;
    friend bool operator==(const Fact &, const Fact &) = default;
};

/// The project's one error type: data until the edge of a program turns it into words.
///
/// `name` is stable and meant for machines ("server-name-mismatch"); `what` says what failed and to whom,
/// without a final full stop; `hint` is what a person can do about it, in the imperative, begun in
/// lower case and without a full stop, and may be empty.
/// `system_errno` is the errno beneath it, 0 when there is none. No field ever carries key material.
struct Error {
    Stage stage{};
    std::string name;
    std::string what;
    std::vector<Fact> facts{};
    std::string hint{};
    int system_errno = 0;

    RPCTLS_API Error &&with(std::string key, std::string value) &&;
    RPCTLS_API Error &&with_errno(int number) &&;
    RPCTLS_API Error &&advise(std::string remedy) &&;
};

/// "what: key value; key value (errno text)" in one line.
RPCTLS_API std::string summary(const Error &error);

/// What a program prints: "PROGRAM: summary" and, when there is a hint, a second line "  hint: …". Ends in a newline.
RPCTLS_API std::string message(std::string_view program, const Error &error);

/// An Error from errno: `what` as given, the system's words as a fact.
RPCTLS_API Error system_error(Stage stage, std::string name, std::string what, int number);

} // namespace rpctls
