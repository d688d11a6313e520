// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/cli/command.hpp"

#include "rpc/base/text.hpp"
#include "rpc/keys/psk.hpp"
#include "rpc/tls/psk.hpp"
#include "tlsctl/cli/table.hpp"
#include "tlsctl/psks/psk_input.hpp"
#include "tlsctl/psks/psk_view.hpp"

#include <algorithm>
#include <memory>

namespace rpctls::tlsctl {

namespace {

struct Options {
    std::string identity;
    NvmeOptions nvme;
    PskInput input;
    std::string keyring;
    std::optional<std::string> layout;
    std::optional<unsigned> number;
    bool force = false;
};

Status check_options(const Options &options) {
    if (options.nvme.nvme != options.identity.empty())
        return usage_error("give either IDENTITY or --nvme");
    if (!options.input.given())
        return usage_error("--key-file or --key-fd is missing",
                           "the key is never an argument: other users could read it there");
    if (options.layout.has_value() != options.number.has_value())
        return usage_error("--layout tls-hs and --number go together");
    if (options.layout && (options.nvme.nvme || options.keyring.empty()))
        return usage_error("--layout tls-hs takes an IDENTITY and --keyring");
    if (!options.nvme.nvme && !keys::can_be_psk_identity(options.identity))
        return Error{Stage::input, "psk-identity-invalid",
                     "\"" + printable(options.identity.substr(0, 100)) + "\" cannot be an identity"}
            .advise("use up to 1024 printable ASCII characters; what begins with nfs:x509: or is called "
                    "psk-N-id or "
                    "psk-N-master is taken for something else");
    return {};
}

/// Without --keyring: the kernel's own for NVMe/TCP, else the first that the agent is told to look at.
Result<std::string> keyring_for(const Options &options, keys::PskLayout layout, const Context &context) {
    if (!options.keyring.empty())
        return options.keyring;
    if (layout == keys::PskLayout::nvme)
        return std::string(nvme_keyring);
    const auto configured = configured_keyrings(context);
    if (!configured)
        return configured.error();
    for (const std::string &name : *configured)
        if (keys::check_keyring_name(name))
            return name;
    return usage_error(
        "--keyring is missing, and no keyring is configured",
        "name it here, and in keyrings= of [authenticate] in rpctls.conf, where the agent looks for it");
}

Result<keys::PskRecord> make_record(const Options &options, const Context &context) {
    auto written = read_psk_input(options.input);
    if (!written)
        return std::move(written).error();
    keys::PskRecord record;
    record.identity = options.identity;
    if (options.nvme.nvme) {
        auto derived = derive(*written, options.nvme, context);
        if (!derived)
            return std::move(derived).error();
        record.identity = std::move(derived->identity);
        record.secret = std::move(derived->secret);
    } else {
        record.secret = std::move(written->secret);
    }
    const bool is_nvme = options.nvme.nvme || record.identity.starts_with("NVMe");
    record.layout = options.layout ? keys::PskLayout::tls_hs
                    : is_nvme      ? keys::PskLayout::nvme
                                   : keys::PskLayout::user;
    record.number = options.number.value_or(0);
    if (auto hash = tls::psk_hash(record.identity, record.secret.size()); !hash) {
        hash.error().stage = Stage::input; // what was given is wrong, not what is on a keyring
        return std::move(hash).error();
    }
    auto keyring = keyring_for(options, record.layout, context);
    if (!keyring)
        return std::move(keyring).error();
    record.keyring = std::move(*keyring);
    if (auto valid = keys::check_keyring_name(record.keyring); !valid)
        return std::move(valid).error();
    return record;
}

/// One that somebody else put there and we do not know is not ours to replace.
Status check_vacant(const keys::PskRecord &record, bool stored, keys::Serial keyring) {
    if (stored)
        return {};
    const auto present = keys::look_up_psk(keyring, record);
    if (!present)
        return present.error();
    if (present->serials.empty() || present->same)
        return {};
    return Error{Stage::input, "psk-exists", "the keyring has another key of that identity already"}
        .with("keyring", record.keyring)
        .with("seen", serial_words(present->serials))
        .advise("--force replaces it; both ends need the new one then");
}

std::vector<std::string> remarks(const keys::PskRecord &record, bool placed, const Context &context) {
    std::vector<std::string> found;
    if (!placed && context.root == "/")
        found.push_back("this kernel has no keyring " + record.keyring +
                        " now: when it has one, run tlsctl psk restore (modprobe nvme-tcp brings .nvme)");
    const auto configured = configured_keyrings(context);
    if (record.layout == keys::PskLayout::user && configured &&
        std::ranges::find(*configured, record.keyring) == configured->end())
        found.push_back(
            "the agent looks there only for requests that name this keyring, unless rpctls.conf has "
            "keyrings=" +
            record.keyring + " in [authenticate]");
    if (const auto supported =
            tls::check_psk_support(record.secret.size() == 48 ? tls::PskHash::sha384 : tls::PskHash::sha256);
        !supported)
        found.push_back(supported.error().what + ": the agent of this host cannot use the key");
    return found;
}

Result<Report> add(const Options &options, const Context &context) {
    if (auto sound = check_options(options); !sound)
        return std::move(sound).error();
    auto record = make_record(options, context);
    if (!record)
        return std::move(record).error();
    const keys::PskStore store(context.root);
    auto entries = store.list();
    if (!entries)
        return std::move(entries).error();
    const auto old = std::ranges::find_if(
        *entries, [&](const auto &entry) { return entry.record && same_place(*entry.record, *record); });
    PskKeyrings keyrings(context);
    const auto keyring = keyrings.find_or_make(record->keyring);
    if (!keyring)
        return keyring.error();
    if (*keyring && !options.force)
        if (auto vacant = check_vacant(*record, old != entries->end(), **keyring); !vacant)
            return std::move(vacant).error();

    const auto file = store.put(*record, options.force);
    if (!file)
        return file.error();
    PskView view{{}, keyrings.running_system()};
    if (*keyring) {
        auto serials = keys::publish_psk(**keyring, *record);
        if (!serials) { // both places or neither, so that the same command can be run again
            if (old == entries->end())
                (void)store.remove(*file);
            else
                (void)store.put(*old->record, true);
            return std::move(serials).error();
        }
        view.found = keys::PskOnKeyring{std::move(*serials), true, true};
    }

    const auto notes = remarks(*record, keyring->has_value(), context);
    const std::string place = view.found
                                  ? serial_words(view.found->serials) + " on the keyring " + record->keyring
                                  : "on no keyring";
    Report report;
    report.text = "Pre-shared key " + printable(record->identity) + "\n" +
                  fields({{"hash", hash_of(*record)}, {"file", file->string()}, {"keys", place}});
    for (const std::string &note : notes)
        report.text += "Note: " + note + "\n";
    const keys::PskStore::Entry entry{*file, std::move(*record)};
    report.json = psk_json(entry, view);
    report.json["notes"] = notes;
    return report;
}

} // namespace

void add_psk_add(Command parent, Context &context) {
    const Command command = add_command(
        parent, "add", "Put a pre-shared key where handshakes find it, now and after each boot",
        "  tlsctl psk add --nvme --subsysnqn nqn.2026-01.org.example:disk --key-file disk.key\n"
        "  tlsctl psk generate --format hex | ssh root@peer tlsctl psk add link-1 --keyring rpc --key-file "
        "-\n"
        "  tlsctl psk add link-1 --keyring quic-0 --layout tls-hs --number 0 --key-file link.key\n");
    const auto options = std::make_shared<Options>();
    command.add_option("IDENTITY", options->identity, "By what the peers name the key; not with --nvme")
        .type_name(" ");
    add_nvme_options(command, options->nvme);
    add_psk_input(command, options->input);
    command
        .add_option(
            "--keyring", options->keyring,
            "The keyring's name; by default .nvme for NVMe/TCP, else the first of keyrings= in rpctls.conf")
        .type_name("NAME");
    const auto choose = [options](const std::string &word) {
        if (word != "tls-hs")
            reject_choice("--layout", word, "tls-hs");
        options->layout = word;
    };
    command.add_choice("--layout", choose, "tls-hs: as two keys, psk-N-id and psk-N-master")
        .type_name("LAYOUT");
    command.add_option("--number", options->number, "Their N, 0 to 4")
        .type_name("N")
        .between(0U, keys::tls_hs_numbers - 1);
    command.add_flag("--force", options->force, "Replace a key that there is already");
    command.callback(
        [options, &context] { context.selected = [options, &context] { return add(*options, context); }; });
}

} // namespace rpctls::tlsctl
