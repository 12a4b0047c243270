#pragma once

#include <netinet/in.h>

#include <string>
#include <string_view>

namespace bench {

// "1.2.3.4:80"; "localhost" is understood, other names are not.
sockaddr_in ParseAddress(std::string_view text);
std::string FormatAddress(const sockaddr_in& address);

// A listening, non-blocking socket. The port may be 0: AddressOf says which was given.
int Listen(const sockaddr_in& address);
sockaddr_in AddressOf(int fd);

// Begins a non-blocking connect. `source` is the last byte of the 127.0.0.x to come from, so that
// more connections than one address has ports can be made; 0: the kernel chooses. `receive_buffer`:
// SO_RCVBUF and segments as across a network, for those who are to be slow; 0: the kernel's.
int BeginConnect(const sockaddr_in& to, int source, int receive_buffer = 0);
// 0, or the errno of a connect that has ended.
int ConnectError(int fd);

void SetNoDelay(int fd);
// Closes with a reset, so that no port is left in TIME_WAIT.
void CloseWithReset(int fd);

// Raises the soft limit of descriptors to the hard one and returns it.
size_t RaiseDescriptorLimit();

}  // namespace bench
