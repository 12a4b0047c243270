// What the separate compilation of Asio and Beast leaves out, for the oracle in this binary.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
