// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tlsctl/health/clock_check.hpp"

#include "rpc/base/file.hpp"
#include "rpc/base/text.hpp"
#include "rpc/base/time_text.hpp"
#include "rpc/kernel/clock.hpp"
#include "tlsctl/health/checks.hpp"
#include "tlsctl/health/own_certificates.hpp"

#include <algorithm>

namespace rpctls::tlsctl {

namespace {

constexpr std::string_view link = "clock";
constexpr const char *set_clock = "timedatectl set-ntp true";

} // namespace

Findings judge_clock(const ClockFacts &facts) {
    using namespace std::chrono;
    constexpr auto earliest = sys_days(year(2025) / 1 / 1);
    constexpr auto latest = sys_days(year(2100) / 1 / 1);
    const Fact now{"now", format_time(facts.now)};
    if (facts.now < earliest || facts.now >= latest)
        return {fault(Level::fail, link, "clock-absurd",
                      "the clock cannot be right: certificates are judged by it", {now}, set_clock)};
    if (facts.latest_beginning && *facts.latest_beginning > facts.now)
        return {
            fault(Level::fail, link, "clock-behind",
                  "the clock is before the beginning of a certificate of this host: one of the two is wrong",
                  {now, {"certificate begins", format_time(*facts.latest_beginning)}}, set_clock)};
    if (facts.synchronised == kernel::Answer::no)
        return {fault(Level::warn, link, "clock-unsynchronised",
                      "nothing keeps the clock right (the kernel knows of no NTP client)", {now}, set_clock)};
    return {sound(link, "the clock is right as far as can be told", {now})};
}

Findings examine_clock(const Examination &examination) {
    ClockFacts facts{examination.now, kernel::clock_synchronised(), {}};
    for (const auto &own : own_certificates(examination))
        if (own.chain)
            for (const auto &certificate : *own.chain)
                facts.latest_beginning =
                    std::max(facts.latest_beginning.value_or(certificate.not_before), certificate.not_before);
    return judge_clock(facts);
}

} // namespace rpctls::tlsctl
