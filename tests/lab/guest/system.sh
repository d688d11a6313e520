# Sourced by init: brings up what a booted system has and NFS needs, without any service.
# shellcheck shell=bash

mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs run /run -o mode=755
mount -t tmpfs tmp /tmp -o mode=1777
mkdir -p /run/lab /run/lock /run/rpcbind /run/rpc_pipefs /run/modprobe.d /run/sendsigs.omit.d
ln -sfn /proc/self/fd /dev/fd
ln -sfn /proc/mounts /etc/mtab

hostname server.example
echo server.example >/etc/hostname
ip link set lo up
# Names for several servers and clients on one kernel. No resolver: a name not here is unknown at once, where a
# resolver that does not answer would hold up every handshake of the distribution's agent for seconds.
{
    echo '127.0.0.1 localhost server.example'
    echo '127.0.0.2 client.example'
    for host in {1..9}; do echo "127.0.0.$host nfs$host.lab.example"; done
    echo '::1 ip6-localhost'
} >/etc/hosts
: >/etc/resolv.conf
sed -i 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf 2>/dev/null || echo 'hosts: files' >/etc/nsswitch.conf

# nfsd of 7.2 offers flexfiles layouts whose data path is NFSv3; the first write then hangs, TLS or not.
echo 'install nfs_layout_flexfiles /bin/false' >/run/modprobe.d/lab.conf
for module in tls sunrpc nfs nfsv4 nfsd; do
    modprobe "$module" || echo "lab: no module $module"
done
mount -t nfsd nfsd /proc/fs/nfsd
mkdir -p /var/lib/nfs/{v4recovery,nfsdcld,rpc_pipefs} /srv/data
touch /var/lib/nfs/{etab,rmtab}
# The place that nfs.conf names: elsewhere nfsdcld dies, and opens wait out the grace period.
mount -t rpc_pipefs rpc_pipefs /run/rpc_pipefs
mount --bind /run/rpc_pipefs /var/lib/nfs/rpc_pipefs
# An overlay cannot be exported without more options; memory can.
mount -t tmpfs data /srv/data -o mode=755

# What daemons say to syslog, for agent_log and for failures.
socat -u UNIX-RECV:/dev/log,mode=666 OPEN:/run/lab/syslog,creat,append &
